import { checkConfig } from '../../../../src/producer/config.js';
import { traceKind, tracing } from '../../../../src/producer/trace/trace-options.js';

test.each([
  [false, undefined],
  [true, { topic: 'RMQ_SYS_TRACE_TOPIC', batch: 10 }],
  [{}, { topic: 'RMQ_SYS_TRACE_TOPIC', batch: 10 }],
  [
    { topic: 'mine', batch: 100 },
    { topic: 'mine', batch: 100 },
  ],
])('%j amounts to %j', (given, amounts) => {
  expect(traceKind.accepts(given)).toBe(true);
  expect(tracing(given)).toEqual(amounts);
});

test.each([
  [{ topic: '' }],
  [{ topic: 'a b' }],
  [{ batch: 0 }],
  [{ batch: 101 }],
  [{ batch: '5' }],
  [{ btach: 5 }],
  ['yes'],
  [null],
])('%j is refused', (trace) => {
  expect(() => checkConfig({ nameServers: 'localhost:1', group: 'group', logger: false, trace })).toThrow(/trace is /);
});
