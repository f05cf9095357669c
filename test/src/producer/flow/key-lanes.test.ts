import { createError } from '../../../../src/errors/rocketmq-error.js';
import type { Envelope } from '../../../../src/producer/message/envelope.js';
import { KeyLanes } from '../../../../src/producer/flow/key-lanes.js';
import type { OrderedOptions } from '../../../../src/producer/flow/ordered-options.js';
import { Failure, Unconfirmed } from '../../../../src/producer/message/outcome.js';
import { ProducerStatistics } from '../../../../src/producer/state/producer-statistics.js';
import { open, queue } from '../../../operators/operator-kit.js';

function create(options: OrderedOptions<never> = {}) {
  const statistics = new ProducerStatistics();
  return { lanes: new KeyLanes(options, statistics), statistics };
}

const stored = (envelope: Envelope) => new Unconfirmed(envelope, queue('broker-a', 0));
const failure = (envelope: Envelope, stage: 'send' | 'abort' = 'send') =>
  new Failure(envelope, { stage, error: createError('RMQ_ABANDONED', 'gone') });

function freed(lanes: KeyLanes): unknown[] {
  const contexts: unknown[] = [];
  for (let next = lanes.nextFreed(); next !== undefined; next = lanes.nextFreed()) contexts.push(next.context);
  return contexts;
}

describe('a lane', () => {
  test('is gone with its last message, in whatever order they leave', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [1, 0, 2],
    ]) {
      const { lanes, statistics } = create();
      const envelopes = [open(0), open(1), open(2)];
      expect(envelopes.map((envelope) => lanes.enter(envelope, 'a'))).toEqual([true, false, false]);
      expect(statistics.lanes).toBe(1);
      for (const n of order) {
        const envelope = envelopes[n];
        if (envelope !== undefined) lanes.leave(envelope, stored(envelope));
      }
      expect(statistics.lanes).toBe(0);
      expect(envelopes.map(({ ahead, behind, lane }) => [ahead, behind, lane])).toEqual(
        envelopes.map(() => [undefined, undefined, undefined]),
      );
      const again = open(3);
      expect(lanes.enter(again, 'a')).toBe(true);
    }
  });

  test('frees who is behind its first, and nobody where one leaves from the middle or the end', () => {
    const { lanes } = create();
    const [first, second, third, fourth] = [open(0), open(1), open(2), open(3)];
    for (const envelope of [first, second, third, fourth]) lanes.enter(envelope, 'a');
    lanes.leave(second, stored(second));
    lanes.leave(fourth, stored(fourth));
    expect(lanes.hasFreed).toBe(false);
    lanes.leave(first, stored(first));
    expect(lanes.hasFreed).toBe(true);
    expect(freed(lanes)).toEqual([2]);
  });

  test('is halted by what failed in it, but not by what was ended with its whole stream', () => {
    const { lanes } = create({ onFailure: 'halt-key' });
    const envelopes = [open(0), open(1), open(2)];
    for (const [n, envelope] of envelopes.entries()) {
      envelope.sequence = n + 1;
      lanes.enter(envelope, 'a');
    }
    const [first, second, third] = envelopes;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
    lanes.leave(first, failure(first, 'abort'));
    expect(lanes.haltOf(third, 'a')).toBeUndefined();
    lanes.leave(second, failure(second));
    expect(lanes.haltOf(third, 'a')).toMatchObject({ code: 'RMQ_KEY_HALTED', detail: { failedMsgId: second.msgId } });
  });

  test('is not halted under skip, nor where nothing is said', () => {
    for (const options of [{}, { onFailure: 'skip' as const }]) {
      const { lanes } = create(options);
      const [first, second] = [open(0), open(1)];
      second.sequence = 9;
      lanes.enter(first, 'a');
      lanes.leave(first, failure(first));
      lanes.refused(first);
      expect(lanes.haltOf(second, 'a')).toBeUndefined();
    }
  });
});

test('a refused message whose key cannot be told halts nothing', () => {
  const { lanes } = create({
    onFailure: 'halt-key',
    key: () => {
      throw new Error('no key');
    },
  });
  lanes.refused(open(0));
  const later = open(1);
  later.sequence = 1;
  expect(lanes.haltOf(later, 'a')).toBeUndefined();
});
