/**
 * The page of the conformance table says what the declared capabilities and the recorded runs say. Three ways to run it:
 *
 * - as one of the unit tests: the page has the cases, links and footnotes of today, and no gap; its verdicts are not judged;
 * - with OBSERVED=embedded,real (or one of them), after the suites of these targets: its verdicts are the ones just recorded;
 * - with DOCS=write (`npm run docs`): writes it. Recorded verdicts of the same source win over those it states already.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCapabilities, type DeclaredCapability } from '../conformance/all-capabilities.js';
import { type CapabilityCase, RELEASES } from '../conformance/capability.js';
import { profilesInUse } from '../conformance/capability-suites.js';
import { recordedVerdicts } from '../conformance/observed.js';
import { profileNames } from '../conformance/profiles.js';
import { rows } from '../conformance/rows.js';
import { gapsIn, renderConformancePage, type Seen, seenOnPage, targetNames } from './conformance-page.js';

const path = join(__dirname, '../../docs/conformance.md');
const observed = (process.env['OBSERVED'] ?? '').split(',');
const recorded: Seen = (target, capability, name) => recordedVerdicts(target, capability)[name];

test('docs/conformance.md is what is declared and was seen', () => {
  const page = readFileSync(path, { encoding: 'utf8', flag: 'a+' });
  const stated = seenOnPage(page);
  if (process.env['DOCS'] === 'write') {
    const seen: Seen = (...of) => recorded(...of) ?? stated(...of);
    writeFileSync(path, renderConformancePage(allCapabilities, seen));
    return;
  }
  const seen: Seen = (target, ...of) =>
    observed.includes(target.where) ? recorded(target, ...of) : stated(target, ...of);
  expect(gapsIn(allCapabilities, seen)).toEqual([]);
  expect(page).toBe(renderConformancePage(allCapabilities, seen));
});

test('what is declared is a capability of the list, with names that can be told apart', () => {
  expect(allCapabilities.filter(({ row }) => !rows.has(row))).toEqual([]);
  const titles = allCapabilities.map(({ title }) => title);
  expect(titles).toEqual([...new Set(titles)]);
  const names = allCapabilities.flatMap(({ file, cases }) => cases.map(({ name }) => `${file}: ${name}`));
  expect(names).toEqual([...new Set(names)]);
  expect(names.filter((name) => /[|[\]\n]/.test(name))).toEqual([]);
});

test('every row of the list has a capability, and every profile a case', () => {
  const declared = new Set(allCapabilities.map(({ row }) => row));
  expect([...rows.keys()]).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
  expect([...rows].filter(([row]) => !declared.has(row))).toEqual([]);
  const used = new Set(targetNames.flatMap(profilesInUse));
  expect(profileNames.filter((profile) => !used.has(profile))).toEqual([]);
});

describe('the page', () => {
  const run = async (): Promise<void> => undefined;
  const works: CapabilityCase = { name: 'it works', shows: 'success', run };
  const fails: CapabilityCase = { name: 'it fails', shows: 'refusal', run };
  const capability = (...cases: readonly CapabilityCase[]): DeclaredCapability => ({
    row: 1,
    title: 'Something',
    profile: 'plain',
    file: 'something.ts',
    source: cases.map(({ name }) => `name: '${name}',\n`).join(''),
    cases,
  });
  const allPassed: Seen = () => 'passed';
  const firstRow = (page: string): string | undefined => page.split('\n').find((line) => line.startsWith('| 1 |'));

  test('is green where both kinds of case passed, with links to their lines', () => {
    const declared = [capability(works, fails)];
    const page = renderConformancePage(declared, allPassed);
    const link = '../test/conformance/capabilities/something.ts';
    const cell = `✅ [success](${link}#L1), [refusal](${link}#L2)`;
    expect(firstRow(page)).toBe(`| 1 | [Something](#1-something) | ${[cell, cell, cell, cell].join(' | ')} |`);
    expect(gapsIn(declared, allPassed)).toEqual([]);
  });

  test('is read back as it was written', () => {
    const declared = [capability(works, fails)];
    const seen: Seen = ({ where, release }, _, name) =>
      where === 'real' && name === works.name ? (release === '4.9.7' ? 'failed' : 'passed') : undefined;
    const page = renderConformancePage(declared, seen);
    expect(renderConformancePage(declared, seenOnPage(page))).toBe(page);
    expect(renderConformancePage(declared, allPassed)).not.toBe(page);
  });

  test('is not green where a kind is missing, a case failed, or nothing was run', () => {
    const seen: Seen = ({ where, release }) =>
      where === 'embedded' ? undefined : release === '4.9.7' ? 'failed' : 'passed';
    expect(firstRow(renderConformancePage([capability(works, fails)], seen))?.match(/[✅❌⬜]/gu)).toEqual([
      '⬜',
      '⬜',
      '❌',
      '✅',
    ]);
    expect(gapsIn([capability(works, fails)], seen)).toHaveLength(6);
    expect(firstRow(renderConformancePage([capability(works)], allPassed))?.match(/[✅❌⬜]/gu)).toEqual(
      Array.from({ length: 4 }, () => '⬜'),
    );
    expect(gapsIn([capability(works)], allPassed)).toHaveLength(4);
  });

  test('says why a release cannot do something', () => {
    const only = { releases: RELEASES.filter((release) => release === '5.5.0'), because: 'It came with 5.0.' };
    const page = renderConformancePage([capability({ ...works, only }, { ...fails, only })], allPassed);
    expect(firstRow(page)?.match(/–\[\^1\]/g)).toHaveLength(2);
    expect(page).toContain('\n[^1]: It came with 5.0.\n');
    expect(gapsIn([capability({ ...works, only }, { ...fails, only })], allPassed)).toEqual([]);
  });
});
