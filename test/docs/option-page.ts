/**
 * Renders docs/options.md: ranges, defaults and Java's names from the option tables, what an option is for from the
 * comments of the option types, so that an editor and the page say the same.
 */
import { codecTable } from './readers-page.js';
import type { Option, OptionTable } from '../../src/options/check-options.js';
import { producerOptions } from '../../src/producer/config.js';
import { mapAsyncOptions } from '../../src/producer/map-async-options.js';
import { pipelineOptions } from '../../src/producer/pipeline-options.js';

const HEAD = `# Options

<!-- Written by \`npm run docs\` from the option tables in src/producer; do not edit. -->

Options are checked once, when a producer or a pipeline is made, and all problems are reported at once
([RMQ_CONFIG_INVALID](errors.md#rmq_config_invalid)). Unknown names are problems too.
`;

/** The text of docs/options.md. `sources` are the texts of the files with the option types. */
export function renderOptionPage(sources: readonly string[]): string {
  const docs = commentsOf(sources.join('\n'));
  return [
    HEAD,
    '## Producer: `ProducerConfig`\n',
    ...renderTable('ProducerConfig', producerOptions, docs),
    '\n### `compress`: who reads which codec\n',
    ...codecTable(),
    '\nSeen on 5.5.0 brokers; what else differs between consumers: [readers.md](readers.md).',
    '\n## Pipeline: `PipelineOptions`\n',
    ...renderTable('PipelineOptions', pipelineOptions, docs),
    '\n## Asynchronous work: `MapAsyncOptions`\n',
    ...renderTable('MapAsyncOptions', mapAsyncOptions, docs),
    '',
  ].join('\n');
}

const GROUP_TYPES: Readonly<Record<string, string>> = {
  compress: 'CompressOptions',
  buffer: 'BufferOptions',
  hooks: 'Hooks',
  retry: 'RetryOptions',
  batch: 'BatchOptions',
  ordered: 'OrderedOptions',
  transactionChecks: 'TransactionCheckOptions',
};

type Comments = ReadonlyMap<string, string>;

function renderTable(type: string, table: OptionTable, docs: Comments): readonly string[] {
  const head = [
    '| option | default | what it is for, and what is allowed | Java client |',
    '| --- | --- | --- | --- |',
  ];
  return [...head, ...renderRows(type, table, '', docs)];
}

function renderRows(type: string, table: OptionTable, path: string, docs: Comments): readonly string[] {
  return Object.entries(table).flatMap(([name, option]) => {
    const doc = docs.get(`${type}.${name}`);
    if (doc === undefined) throw new Error(`the option ${type}.${name} has no comment`);
    if (!('members' in option)) {
      const allowed = `${doc}<br>Allowed: ${option.kind.allowed}.`;
      return [row(`\`${path}${name}\``, showDefault(option), allowed, option.java ?? '')];
    }
    const allowed = `${doc}<br>Allowed: an object of the following${option.orFalse === true ? ', or false' : ''}${option.orTrue === true ? ', or true' : ''}.`;
    const own = row(`\`${name}\``, '', allowed, '');
    return [own, ...renderRows(GROUP_TYPES[name] ?? name, option.members, `${name}.`, docs)];
  });
}

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;

/** Defaults that are objects of the library are described in the option's comment. */
function showDefault({ default: value, isRequired }: Option<unknown>): string {
  if (isRequired === true) return 'required';
  const isPlain = typeof value === 'number' || typeof value === 'string' || Array.isArray(value);
  return isPlain ? `\`${JSON.stringify(value)}\`` : '';
}

/** The comment of each property of each interface, inherited ones included, by 'Interface.property'. */
function commentsOf(source: string): Comments {
  const comments = new Map<string, string>();
  const interfaces = /^export interface (\w+)(?:<[^{]*?>)?(?: extends (\w+))?[^{]*\{\n(.*?)^\}/gms;
  const parents = new Map<string, string>();
  for (const [, type = '', parent, members = ''] of source.matchAll(interfaces)) {
    if (parent !== undefined) parents.set(type, parent);
    for (const [, comment = '', name] of members.matchAll(
      /^ {2}\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n {2}readonly (\w+)\??:/gm,
    )) {
      comments.set(`${type}.${name}`, comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim());
    }
  }
  for (const [type, parent] of parents) {
    for (const [name, comment] of comments) {
      if (name.startsWith(`${parent}.`)) comments.set(name.replace(parent, type), comment);
    }
  }
  return comments;
}
