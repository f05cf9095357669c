import { expectTypeOf } from 'expect-type';
import { Subject } from 'rxjs';
import { ConfigurationError } from '../../../src/errors/rocketmq-error.js';
import type { Given } from '../../../src/options/check-options.js';
import { createFlowGate } from '../../../src/producer/create-flow-gate.js';
import type { SendFailure } from '../../../src/producer/message/outcome.js';
import {
  checkPipelineOptions,
  type PipelineOptions,
  type pipelineOptions,
} from '../../../src/producer/pipeline-options.js';

function problemsOf(options: unknown): readonly string[] {
  try {
    checkPipelineOptions(options);
  } catch (error) {
    if (error instanceof ConfigurationError) return Object.keys(error.detail);
    throw error;
  }
  return [];
}

test('the type and the table describe the same options', () => {
  expectTypeOf<Omit<PipelineOptions, 'deadLetter'>>().branded.toEqualTypeOf<
    Omit<Given<typeof pipelineOptions>, 'deadLetter'>
  >();
  expectTypeOf<keyof PipelineOptions>().toEqualTypeOf<keyof typeof pipelineOptions>();
});

test('without options the defaults hold, and the rest is left to the producer', () => {
  for (const options of [undefined, {}, { buffer: {} }]) {
    expect(checkPipelineOptions(options)).toStrictEqual({
      window: 256,
      windowBytes: 8_388_608,
      buffer: { messages: 1024, bytes: 8_388_608, onOverflow: 'error' },
      mode: 'confirm',
      results: 'completion',
      onFailure: 'error',
    });
  }
});

test('order needs one queue for each key: rotation and chance have none unless they are the only thing said', () => {
  expect(checkPipelineOptions({}).ordered).toBeUndefined();
  expect(checkPipelineOptions({ ordered: true }).ordered).toEqual({ onFailure: 'halt-key' });
  expect(checkPipelineOptions({ ordered: false }).ordered).toBe(false);
  expect(checkPipelineOptions({ selectQueue: 'random' }).ordered).toBe(false);
  expect(checkPipelineOptions({ selectQueue: 'hash', ordered: true }).ordered).toEqual({ onFailure: 'halt-key' });
  for (const selectQueue of ['round-robin', 'random'] as const) {
    expect(() => checkPipelineOptions({ selectQueue, ordered: true })).toThrow(/ordered needs one queue for each key/);
  }
});

test('what is given is taken as given', () => {
  const options: Required<PipelineOptions> = {
    window: 1,
    windowBytes: 1024,
    buffer: { messages: 0, bytes: 5, onOverflow: 'drop-oldest' },
    gate: createFlowGate(),
    mode: 'oneway',
    results: 'source',
    onFailure: 'result',
    until: new Subject(),
    signal: new AbortController().signal,
    retry: { retries: 1, retryOn: () => true, delayMs: () => 5 },
    compress: { overBytes: 10, codec: 'zlib', level: 1 },
    batch: { messages: 5, bytes: 1000, lingerMs: 2 },
    ordered: { key: () => 'one', onFailure: 'skip' },
    selectQueue: 'hash',
    deadLetter: new Subject<SendFailure>(),
  };
  expect(checkPipelineOptions(options)).toEqual(options);
  expect(checkPipelineOptions({ retry: false, compress: false })).toMatchObject({ retry: false, compress: false });
  const selectQueue: PipelineOptions['selectQueue'] = ([first]) => {
    if (first === undefined) throw new Error('no queue');
    return first;
  };
  expect(checkPipelineOptions({ selectQueue }).selectQueue).toBe(selectQueue);
});

test('the buffer holds as many bytes as the window unless it is told', () => {
  expect(checkPipelineOptions({ windowBytes: 4096 }).buffer.bytes).toBe(4096);
  expect(checkPipelineOptions({ windowBytes: 4096, buffer: { bytes: 1 } }).buffer.bytes).toBe(1);
});

test.each<[string, readonly unknown[]]>([
  ['window', [0, -1, 1.5, Number.NaN, Infinity, '256', 2 ** 31, 'Auto', null]],
  ['windowBytes', [0, -1, Number.NaN, Infinity, '1', 2 ** 31, null]],
  ['buffer', [false, 5, [], null]],
  ['gate', [true, {}, null]],
  ['mode', ['sync', true, null]],
  ['results', ['', 'sorted', null]],
  ['onFailure', ['', 'ignore', true, null]],
  ['until', [5, {}, null]],
  ['signal', [new Subject(), {}, null]],
  ['retry', [true, 3, null]],
  ['compress', [true, 'zlib', null]],
  ['selectQueue', ['roundrobin', {}, null, 5]],
  ['deadLetter', [{}, 'x', () => 1, null]],
  ['concurrency', [1]],
])('%s refuses what it cannot work with', (name, values) => {
  for (const given of values) expect([given, problemsOf({ [name]: given })]).toEqual([given, [name]]);
});

test('all problems are reported at once, at every depth', () => {
  const options = {
    window: 0,
    buffer: { messages: -1, bytes: '1' },
    retry: { retries: '2', delayMs: 5 },
    compress: { level: 0 },
  };
  expect(problemsOf(options)).toEqual([
    'window',
    'buffer.messages',
    'buffer.bytes',
    'retry.retries',
    'retry.delayMs',
    'compress.level',
  ]);
});
