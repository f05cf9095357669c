/**
 * Renders docs/conformance.md from the declared capabilities and the verdicts of recorded runs. Runs no case, and knows no
 * capability by name.
 */
import type { DeclaredCapability } from '../conformance/all-capabilities.js';
import { type CapabilityCase, profileOf, runsOn } from '../conformance/capability.js';
import type { TargetName, Verdict } from '../conformance/observed.js';
import { profiles } from '../conformance/profiles.js';
import { rows } from '../conformance/rows.js';

/** The columns of the table. */
export const targetNames: readonly TargetName[] = [
  { where: 'embedded', release: '5.5.0' },
  { where: 'embedded', release: '4.9.7' },
  { where: 'real', release: '4.9.7' },
  { where: 'real', release: '5.5.0' },
];

/** What was seen of a case on a target; undefined: nothing. */
export type Seen = (target: TargetName, capability: DeclaredCapability, name: string) => Verdict | undefined;

const HEAD = `# Conformance

<!-- Written by \`npm run docs\` from test/conformance/capabilities and the recorded runs; do not edit. -->

What the producer can do, on the embedded broker and on real Apache RocketMQ, as each of two releases. The same cases run
on all four. A cell is green when a case that succeeds and a case that is refused or fails both ran and passed there; on
real brokers the official Java client of that release reads back what is stored. Each cell links to the first of either
kind; all cases follow below the table. \`npm test\` fails where this page says anything else than its own run has seen.
`;

const MARKS = { passed: '✅', failed: '❌', none: '⬜' } as const;

/** The text of the page. */
export function renderConformancePage(capabilities: readonly DeclaredCapability[], seen: Seen): string {
  const notes = new Footnotes();
  const columns = targetNames.map(({ where, release }) => `${where} ${release}`);
  const table = [
    `| # | capability | ${columns.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(columns.length)}`,
    ...capabilities.map((capability) => {
      const cells = targetNames.map((target) => summaryCell(capability, target, seen, notes));
      return `| ${capability.row} | [${capability.title}](#${anchorOf(capability)}) | ${cells.join(' | ')} |`;
    }),
  ].join('\n');
  const details = capabilities.map((capability) => {
    const lines = capability.cases.map((one) => {
      const cells = targetNames.map((target) => caseCell(capability, one, target, seen, notes));
      return `| ${linkTo(capability, one, one.name)} | ${one.shows} | ${cells.join(' | ')} |`;
    });
    const used = [...new Set(capability.cases.map((one) => profileOf(capability, one)))];
    return [
      `## ${headingOf(capability)}\n`,
      `Row ${capability.row}, ${rows.get(capability.row) ?? 'of no list'}; brokers ${used.map((name) => profiles[name].what).join('; and ')}.\n`,
      `| case | shows | ${columns.join(' | ')} |`,
      `| --- | --- |${' --- |'.repeat(columns.length)}`,
      ...lines,
    ].join('\n');
  });
  return `${[HEAD.trimEnd(), table, ...details, ...notes.render()].join('\n\n')}\n`;
}

/** The verdicts that a page states. */
export function seenOnPage(page: string): Seen {
  const cells = new Map<string, readonly string[]>();
  for (const [, name = '', file = '', marks = ''] of page.matchAll(
    /^\| \[([^\]]+)\]\(\S*\/([\w-]+\.ts)#L\d+\) \| (?:success|refusal) \| (.*) \|$/gm,
  )) {
    cells.set(`${file} ${name}`, marks.split(' | '));
  }
  return (target, { file }, name) => {
    const mark = cells.get(`${file} ${name}`)?.[targetNames.indexOf(target)];
    if (mark === MARKS.passed) return 'passed';
    return mark === MARKS.failed ? 'failed' : undefined;
  };
}

/** What keeps the table from being whole: one line for each cell that is neither green nor explained. */
export function gapsIn(capabilities: readonly DeclaredCapability[], seen: Seen): readonly string[] {
  return capabilities.flatMap((capability) =>
    targetNames.flatMap((target) => {
      const place = `${capability.title} on ${target.where} ${target.release}`;
      const cases = capability.cases.filter((one) => runsOn(one, target.release));
      if (cases.length === 0) return [];
      const missing = (['success', 'refusal'] as const)
        .filter((kind) => !cases.some(({ shows }) => shows === kind))
        .map((kind) => `${place}: no case shows ${kind}`);
      const unseen = cases
        .map((one) => [one.name, seen(target, capability, one.name)] as const)
        .filter(([, verdict]) => verdict !== 'passed')
        .map(([name, verdict]) => `${place}: "${name}" ${verdict ?? 'was not run'}`);
      return [...missing, ...unseen];
    }),
  );
}

/** Green: every case of the release passed, and there is one of each kind. */
function summaryCell(capability: DeclaredCapability, target: TargetName, seen: Seen, notes: Footnotes): string {
  const cases = capability.cases.filter((one) => runsOn(one, target.release));
  const marks = notes.of(capability.cases, target);
  if (cases.length === 0) return `–${marks}`;
  const links = (['success', 'refusal'] as const).map((kind) => {
    const first = cases.find(({ shows }) => shows === kind);
    return first === undefined ? undefined : linkTo(capability, first, kind);
  });
  const verdicts = cases.map((one) => seen(target, capability, one.name));
  const isGreen = links.every((link) => link !== undefined) && verdicts.every((verdict) => verdict === 'passed');
  const mark = isGreen ? MARKS.passed : verdicts.includes('failed') ? MARKS.failed : MARKS.none;
  return `${mark} ${links.filter((link) => link !== undefined).join(', ')}${marks}`;
}

function caseCell(
  capability: DeclaredCapability,
  one: CapabilityCase,
  target: TargetName,
  seen: Seen,
  notes: Footnotes,
): string {
  if (!runsOn(one, target.release)) return `–${notes.of([one], target)}`;
  return MARKS[seen(target, capability, one.name) ?? 'none'];
}

/** Why something is not shown on a release, each reason once. */
class Footnotes {
  readonly #numbers = new Map<string, number>();

  /** The references to the reasons why some of these cases do not run there. */
  of(cases: readonly CapabilityCase[], { release }: TargetName): string {
    const reasons = new Set(cases.filter((one) => !runsOn(one, release)).map(({ only }) => only?.because ?? ''));
    return [...reasons].map((reason) => `[^${this.#numberOf(reason)}]`).join('');
  }

  render(): readonly string[] {
    if (this.#numbers.size === 0) return [];
    return [[...this.#numbers].map(([reason, number]) => `[^${number}]: ${reason}`).join('\n')];
  }

  #numberOf(reason: string): number {
    const number = this.#numbers.get(reason) ?? this.#numbers.size + 1;
    this.#numbers.set(reason, number);
    return number;
  }
}

const headingOf = ({ row, title }: DeclaredCapability): string => `${row} ${title}`;

/** As GitHub makes them of headings. */
const anchorOf = (capability: DeclaredCapability): string =>
  headingOf(capability)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function linkTo({ file, source }: DeclaredCapability, { name }: CapabilityCase, text: string): string {
  const line = source.slice(0, source.indexOf(nameLiteral(source, name))).split('\n').length;
  return `[${text}](../test/conformance/capabilities/${file}#L${line})`;
}

/** The name as it is written in the file. */
function nameLiteral(source: string, name: string): string {
  const escaped = name.replaceAll("'", String.raw`\'`);
  const literal = [`'${escaped}'`, `"${name}"`, `\`${name}\``].find((candidate) => source.includes(candidate));
  if (literal === undefined) throw new Error(`the case "${name}" is not written out in its file`);
  return literal;
}
