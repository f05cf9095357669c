/** The texts that are made of a record: docs/performance.md and the table of README.md. */
import { type CaseGroup, caseGroups } from '../cases/case-groups.js';
import { defaultCase } from '../cases/case.js';
import { fullTable, shortTable } from '../results/case-table.js';
import { grouped } from '../results/figures.js';
import { peerTables } from '../results/peer-table.js';
import type { BenchRecord } from '../results/record.js';

const README_CASES = ['sockets', 'stream', 'send', 'batch', 'send-batch'];

/** The name of a chart in docs/. */
export const chartFile = (name: string): string => `performance-${name}.svg`;

const HEAD = `# Performance

<!-- Written by \`npm run bench -- publish\` from what was measured; do not edit. -->

What a message costs the process that sends it. Each case runs in a process of its own, against a sink in another one: name
server and brokers that store nothing and answer at once. Every default is on, but for what a case names; the id and the
offset of every receipt are read. A case is measured in rounds, beside what Node's sockets alone cost in the same round:
one frame, encoded beforehand, written again and again, and its answers counted. **The ratio to that limit is what compares
between machines.**

- *CPU a message*: user and system time of the process. *Spread*: half of the distance between the least and the most.
- *p50, p99, p99.9*: from when a message is read from its source to its receipt, of every 16th message. The window is
  always full, so that this is mostly the wait for the others in it.
- *Allocated*: on the JavaScript heap. *GC*: time in the garbage collector, part of the CPU time or beside it.
- *Peak RSS*: of the whole process, Node itself included.
- *Event loop late*: how late a timer of 5 ms was, at the worst hundredth.`;

/** Returns docs/performance.md. */
export function renderPerformancePage(record: BenchRecord): string {
  const sections = caseGroups.map((group) => renderGroup(record, group));
  const peers = peerTables(record).map(
    ({ against, text }) => `## Beside other clients: ${against}\n\n${text}${chartLine(`peers-${slug(against)}`)}`,
  );
  return `${[HEAD, conditions(record), ...sections, ...peers].join('\n\n')}\n`;
}

/** Returns what stands between the markers of README.md. */
export function renderReadmeTable(record: BenchRecord): string {
  const runs = record.cases['stream']?.runs.length ?? 0;
  const about =
    `${grouped(defaultCase.messages)} messages of ${defaultCase.bodyBytes} bytes with tag, key and one property, ` +
    `${defaultCase.window} in flight, every default on, every receipt's id and offset read; the answers are JSON, as 5.5.0 ` +
    `brokers send them; median of ${runs} runs against a sink in another process; Node ${record.node}, ${record.machine}. ` +
    'The ratio is what compares between machines. All figures, other clients among them: [docs/performance.md](docs/performance.md).';
  return `${shortTable(record, README_CASES)}\n\n${about}`;
}

function renderGroup(record: BenchRecord, { name, heading, about, cases }: CaseGroup): string {
  return `## ${heading}\n\n${about}\n\n${fullTable(record, cases)}${chartLine(name)}`;
}

const chartLine = (name: string): string => `\n\n![CPU time a message](${chartFile(name)})`;

/** A name for files of what has one for people. */
export const slug = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

function conditions({ machine, node, cases }: BenchRecord): string {
  const days = Object.values(cases)
    .map(({ measuredAt }) => measuredAt.slice(0, 10))
    .toSorted();
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const rounds = Math.min(...Object.values(cases).map(({ runs }) => runs.length));
  const when = first === last ? `on ${first}` : `from ${first} to ${last}`;
  return `Measured ${when} with Node ${node} on ${machine}; medians of ${rounds} rounds. \`npm run bench\` repeats it.`;
}
