/** docs/java-settings.md and docs/options.md say the same of each option, and neither names one that there is not. */
import { ProducerAdmin } from '../../src/producer/admin/producer-admin.js';
import type { OptionTable } from '../../src/options/check-options.js';
import { producerOptions } from '../../src/producer/config.js';
import { pipelineOptions } from '../../src/producer/pipeline-options.js';
import { javaQuestions, javaRegistrations, javaSettings } from './java-settings.js';

/** Each option, by its path, with what docs/options.md calls it in Java. */
function optionsOf(table: OptionTable, path: string): readonly (readonly [path: string, java: string | undefined])[] {
  return Object.entries(table).flatMap(([name, option]) =>
    'members' in option
      ? [[path + name, undefined] as const, ...optionsOf(option.members, `${path}${name}.`)]
      : [[path + name, option.java] as const],
  );
}

const options = new Map([...optionsOf(producerOptions, ''), ...optionsOf(pipelineOptions, 'PipelineOptions.')]);
const named = [...javaSettings, ...javaRegistrations];

test('every option that is named is one', () => {
  expect(named.flatMap(({ ours }) => ours).filter((path) => !options.has(path))).toEqual([]);
});

test('every option with a name in Java is named', () => {
  // What a pipeline says of compression is what the producer says.
  const known = new Set(named.flatMap(({ ours }) => ours.flatMap((path) => [path, `PipelineOptions.${path}`])));
  const forgotten = [...options].filter(([path, java]) => java !== undefined && !known.has(path));
  expect(forgotten.map(([path]) => path)).toEqual([]);
});

test('every setting has its option, or says why not', () => {
  expect(javaSettings.filter(({ ours, differs }) => ours.length === 0 && differs === undefined)).toEqual([]);
});

test('every question is a method of admin', () => {
  const methods = Object.getOwnPropertyNames(ProducerAdmin.prototype).filter((name) => name !== 'constructor');
  expect(javaQuestions.map(({ ours }) => ours.slice(0, ours.indexOf('('))).toSorted()).toEqual(methods.toSorted());
});
