/** Renders docs/java-settings.md from the tables of `java-settings.ts`, with links to the pages of options and errors. */
import { javaEnvironment, javaQuestions, javaRegistrations, javaSettings } from './java-settings.js';

const HEAD = `# Settings of the Java client

<!-- Written by \`npm run docs\` from test/docs/java-settings.ts, which is checked against the classes of the Java client; do not edit. -->

Each setting of the official Java producer (5.5.0 and 4.9.7), and what it is here. What the options do, allow and default
to is in [options.md](options.md); how sends look is in [java-sends.md](java-sends.md).

## Setters
`;

const ours = (paths: readonly string[]): string => (paths.length === 0 ? '–' : paths.map(option).join(', '));

const option = (path: string): string =>
  path.startsWith('PipelineOptions.') ? `\`${path.slice('PipelineOptions.'.length)}\` of a pipeline` : `\`${path}\``;

/** The text of docs/java-settings.md. */
export function renderJavaSettings(): string {
  return [
    HEAD,
    '| Java | here | differs, or why not |',
    '| --- | --- | --- |',
    ...javaSettings.map((one) => `| ${code(one.java)} | ${ours(one.ours)} | ${one.differs ?? ''} |`),
    '\n## Other than by setters\n',
    '| Java | here |',
    '| --- | --- |',
    ...javaRegistrations.map((one) => `| ${one.java} | ${ours(one.ours)} |`),
    '\n## From outside of the program\n',
    'Properties of the JVM have no counterpart; environment variables have, where they are named here.\n',
    '| Java | here |',
    '| --- | --- |',
    ...javaEnvironment.map((one) => `| \`${one.java}\` | ${one.here} |`),
    '\n## Topics and queries\n',
    'All of these are of `producer.admin`.\n',
    '| Java | here | differs |',
    '| --- | --- | --- |',
    ...javaQuestions.map((one) => `| ${code(one.java)} | \`${one.ours}\` | ${one.differs ?? ''} |`),
    '',
  ].join('\n');
}

const code = (calls: readonly string[]): string => calls.map((call) => `\`${call}\``).join('<br>');
