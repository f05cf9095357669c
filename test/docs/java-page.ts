/** Renders docs/java-sends.md from the tables of `java-sends.ts`; the code is the text of that file. */
import { javaErrors, type JavaSend, javaSends, notHere } from './java-sends.js';

const HEAD = `# From the Java client

<!-- Written by \`npm run docs\` from test/docs/java-sends.ts, whose code is run by test/docs/java-sends.test.ts; do not edit. -->

What the official Java producer has an overload for is an option of \`send\` or \`sendBatch\` here, and what it has a callback for is a
promise. Each setting, and each question about topics and messages, is in [java-settings.md](java-settings.md).

- All sends of one message are the same: time, retries and outcome do not depend on how it was handed in. In Java,
  asynchronous sends are retried by other rules than synchronous ones, and synchronous sends to a queue not at all.
- A retried message goes to another broker with *that* broker's queue. In Java, an asynchronous retry keeps the first one's.
- A topic that no name server knows is asked for again until the message's time is over. In Java, the send fails at once.
- A stream of messages is \`toRocketMQ\`, which bounds what is in flight; Java leaves that to its caller.

## Sends

In the code, \`producer\`, \`message\`, \`messages\`, \`queue\` and so on are what their names say.
`;

/** The text of docs/java-sends.md. `source` is the text of java-sends.ts. */
export function renderJavaPage(source: string): string {
  const sends = javaSends.map((send) => {
    const java = send.java.map((overload) => `\`${overload}\``).join('<br>');
    return `| ${java} | \`${codeOf(send, source)}\` | ${send.differs ?? ''} |`;
  });
  const errors = javaErrors.map(({ when, java, ours }) => {
    const links = ours.map((code) => `[${code}](errors.md#${code.toLowerCase()})`);
    return `| ${when} | ${java} | ${links.join(', ')} |`;
  });
  return [
    HEAD,
    '| Java | here | differs |',
    '| --- | --- | --- |',
    ...sends,
    '\nNot here:\n',
    ...notHere.map(({ java, because }) => `- ${java.map((overload) => `\`${overload}\``).join(', ')}: ${because}`),
    '\n## Errors\n',
    'Decide by `code`, never by the text. In Java, what is thrown after several attempts hides the kinds of all but the last;',
    'here `failure.attempts` lists every attempt with its own error.\n',
    '| when | Java | here |',
    '| --- | --- | --- |',
    ...errors,
    '',
  ].join('\n');
}

/** The expression that `ours` evaluates, on one line. */
function codeOf({ java: [first = ''] }: JavaSend, source: string): string {
  const from = source.indexOf(`'${first}'`);
  const [, code] = /ours: \([^)]*\) =>\s+(.*?),\n {4}(?:differs|stores):/s.exec(source.slice(from)) ?? [];
  if (from < 0 || code === undefined) throw new Error(`no code for ${first}`);
  return code
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ (?=\.\w)/g, '')
    .replaceAll(/,? \)/g, ')')
    .replaceAll(', }', ' }')
    .replaceAll('( ', '(');
}
