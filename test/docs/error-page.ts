/** Renders docs/errors.md from the error table. Knows no error by name. */
import { type ErrorEntry, errorKinds, errorTable } from '../../src/errors/error-table.js';

const HEAD = `# Errors

<!-- Written by \`npm run docs\` from src/errors/error-table.ts; do not edit. -->

Every error of this library is a \`RocketMQError\`. Decide by its fields, never by its text:

| question | field |
| --- | --- |
| Is the message stored? | \`stored\`: \`'no'\` only where that is provable, else \`'maybe'\` |
| May I hand the same message in again? | \`retryable\` |
| Whose fault is it? | the class, and \`code\` |
| What do I do next? | \`advice\` |
| What exactly happened? | \`message\`, \`detail\` and \`cause\`; never a body, a property value or a secret |

The library has already made the attempts that were worth making; \`retryable\` is about handing the message in once more.
An error may say another \`stored\` than its entry here where the circumstances prove it. Where an ESM and a CommonJS copy
of the library may be loaded at once, compare \`code\`, not classes.
`;

/** The text of docs/errors.md. */
export function renderErrorPage(): string {
  const entries: readonly [code: string, entry: ErrorEntry][] = Object.entries(errorTable);
  const classes = Object.entries(errorKinds).map(([kind, reaction]) => {
    const ofKind = entries.filter(([, entry]) => entry.kind === kind);
    return [`## ${kind}Error`, reaction, ...ofKind.map(renderEntry)].join('\n\n');
  });
  return `${[HEAD.trimEnd(), ...classes].join('\n\n')}\n`;
}

function renderEntry([code, { meaning, advice, stored, retryable }]: [code: string, entry: ErrorEntry]): string {
  return `### ${code}\n\n${meaning}\n\n${advice}\n\n\`stored: '${stored}'\`, \`retryable: ${retryable}\``;
}
