import fc from 'fast-check';
import { BatchAccumulator, type BatchLimits } from '../../../../src/producer/batch/batch-accumulator.js';
import { detachedFlow } from '../../../../src/producer/message/detached-flow.js';
import { Envelope, type Targeted } from '../../../../src/producer/message/envelope.js';
import { batchMemberBytes } from '../../../../src/protocol/batch-body.js';
import type { MessageQueue } from '../../../../src/protocol/message-queue.js';
import { queue, ROUTE } from '../../../operators/operator-kit.js';
import { VirtualTime } from '../../time/virtual-time.js';

const [FIRST, SECOND] = ROUTE.queues as [MessageQueue, MessageQueue];

interface Shape {
  readonly to?: MessageQueue;
  readonly size?: number;
  readonly sysFlag?: number;
  readonly waitStoreMsgOk?: boolean;
  readonly expectsMore?: boolean;
}

function targeted(n: number, shape: Shape = {}): Targeted<number> {
  const { to = FIRST, size = 10, sysFlag = 0, waitStoreMsgOk = true, expectsMore = true } = shape;
  const body = Buffer.alloc(size, 'x');
  const message = { topic: 'orders', body, waitStoreMsgOk, context: n };
  const encoded = {
    message,
    msgId: String(n),
    bornAt: 0,
    body,
    properties: '',
    flag: 0,
    queue: undefined,
    minBrokerVersion: 0,
    context: n,
  };
  const envelope = new Envelope<number>(encoded, { ...detachedFlow, expectsMore });
  return Object.assign(envelope, { route: ROUTE, queue: to, sysFlag }) as unknown as Targeted<number>;
}

function gathering(limits: Partial<BatchLimits> = {}) {
  const time = new VirtualTime();
  const left: number[][] = [];
  const accumulator = new BatchAccumulator(
    { messages: 3, bytes: 1000, lingerMs: 10, ...limits },
    time.clock,
    (members) => left.push(members.map((member) => member.context as number)),
  );
  return { time, left, accumulator };
}

test('a batch leaves when it has its number of messages', () => {
  const { left, accumulator } = gathering();
  for (let n = 0; n < 7; n++) accumulator.add(targeted(n));
  expect(left).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

test('a batch leaves before the message that does not fit, and a message larger than a batch goes alone', () => {
  const { left, accumulator } = gathering({ bytes: 100, messages: 99 });
  accumulator.add(targeted(0, { size: 30 }));
  accumulator.add(targeted(1, { size: 25 }));
  expect(left).toEqual([]);
  accumulator.add(targeted(2, { size: 1 }));
  expect(left).toEqual([[0, 1]]);
  accumulator.add(targeted(3, { size: 500 }));
  expect(left).toEqual([[0, 1], [2], [3]]);
});

test('each queue has a batch of its own, also where the caller names it with an object of its own', () => {
  const { left, accumulator } = gathering({ messages: 2 });
  accumulator.add(targeted(0));
  accumulator.add(targeted(1, { to: SECOND }));
  const named = queue(FIRST.brokerName, FIRST.queueId);
  accumulator.add(Object.assign(targeted(2, { to: named }), { fixedQueue: named }));
  expect(left).toEqual([[0, 2]]);
});

test('what one header cannot be about is not in one batch', () => {
  const { left, accumulator } = gathering({ messages: 2 });
  accumulator.add(targeted(0));
  accumulator.add(targeted(1, { sysFlag: 1 }));
  accumulator.add(targeted(2, { sysFlag: 1, waitStoreMsgOk: false }));
  expect(left).toEqual([[0], [1]]);
});

test('the first message of a batch waits lingerMs and no longer, whatever comes after it', () => {
  const { time, left, accumulator } = gathering({ messages: 99 });
  accumulator.add(targeted(0));
  time.advance(4);
  accumulator.add(targeted(1, { to: SECOND }));
  time.advance(5);
  accumulator.add(targeted(2));
  expect(left).toEqual([]);
  time.advance(1);
  expect(left).toEqual([[0, 2]]);
  time.advance(4);
  expect(left).toEqual([[0, 2], [1]]);
  time.advance(100);
  expect(left).toHaveLength(2);
});

test('without linger it waits for the end of the turn of the event loop', () => {
  const { time, left, accumulator } = gathering({ lingerMs: 0, messages: 99 });
  accumulator.add(targeted(0));
  accumulator.add(targeted(1));
  expect(left).toEqual([]);
  time.advance(0);
  expect(left).toEqual([[0, 1]]);
});

test('behind a closed gate nothing more can come: it does not linger', () => {
  const { time, left, accumulator } = gathering({ messages: 512, bytes: 1e6, lingerMs: 1000 });
  for (let n = 0; n < 255; n++) accumulator.add(targeted(n));
  time.advance(1);
  expect(left).toEqual([]);
  accumulator.add(targeted(255, { expectsMore: false }));
  time.advance(0);
  expect(left.map((batch) => batch.length)).toEqual([256]);
});

test('what was ended does not leave, and its room is free again', () => {
  const { time, left, accumulator } = gathering({ messages: 99, bytes: 100 });
  const ended = targeted(0, { size: 60 });
  accumulator.add(ended);
  accumulator.remove(ended);
  accumulator.remove(ended);
  accumulator.add(targeted(1, { size: 60 }));
  time.advance(10);
  expect(left).toEqual([[1]]);
});

/** How many elements the array methods that search or move them went through, while `work` ran. */
function stepsOf(work: () => void): number {
  let steps = 0;
  const counting = (['findIndex', 'indexOf', 'includes', 'filter', 'splice', 'find'] as const).map((name) => {
    const original = Array.prototype[name] as (...args: unknown[]) => unknown;
    return jest.spyOn(Array.prototype, name).mockImplementation(function (this: unknown[], ...args: unknown[]) {
      steps += this.length;
      return original.apply(this, args);
    } as never);
  });
  try {
    work();
  } finally {
    for (const spy of counting) spy.mockRestore();
  }
  return steps;
}

test.each(['first', 'last'])('ending all of a large group, the %s one first, is no search for each', (which) => {
  const { time, left, accumulator } = gathering({ messages: 99_999, bytes: 1e9 });
  const all = Array.from({ length: 2000 }, (_, n) => targeted(n));
  for (const one of all) accumulator.add(one);
  const [kept, ...rest] = all;
  if (kept === undefined) throw new Error('nobody is left');
  const ended = which === 'first' ? rest : rest.toReversed();
  const steps = stepsOf(() => {
    for (const one of ended) accumulator.remove(one);
    time.advance(10);
  });
  expect(steps).toBeLessThan(3 * all.length);
  expect(left).toEqual([[kept.context]]);
});

test('no timer outlives the messages it is for', () => {
  const { time, accumulator } = gathering();
  const only = targeted(0);
  accumulator.add(only);
  accumulator.remove(only);
  for (let n = 0; n < 3; n++) accumulator.add(targeted(n));
  expect(time.timers).toBe(0);
});

test('a message that may not be in a batch leaves at once, behind those of its queue', () => {
  const { left, accumulator } = gathering();
  accumulator.add(targeted(0));
  accumulator.add(targeted(1, { to: SECOND }));
  accumulator.addAlone(targeted(2));
  expect(left).toEqual([[0], [2]]);
});

test('what comes while a batch leaves is gathered, not lost', () => {
  const time = new VirtualTime();
  const left: number[][] = [];
  const accumulator = new BatchAccumulator({ messages: 2, bytes: 1000, lingerMs: 0 }, time.clock, (members) => {
    left.push(members.map((member) => member.context as number));
    if (left.length < 5) accumulator.add(targeted(10 * left.length));
  });
  accumulator.add(targeted(0));
  accumulator.add(targeted(1));
  time.advance(0);
  time.advance(0);
  time.advance(0);
  time.advance(0);
  expect(left).toEqual([[0, 1], [10], [20], [30], [40]]);
});

// ---------------------------------------------------------------- whatever happens

const shape = fc.record({
  to: fc.constantFrom(...ROUTE.queues),
  size: fc.nat(120),
  sysFlag: fc.constantFrom(0, 1),
  waitStoreMsgOk: fc.boolean(),
  expectsMore: fc.boolean(),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ add: shape }) },
  { weight: 1, arbitrary: fc.record({ addAlone: shape }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ advance: fc.nat(8) }) },
  { weight: 1, arbitrary: fc.constant({ flush: true as const }) },
);

test('every message leaves once or was ended, in the order of its queue, in batches within the limits', () => {
  const anyLimits = fc.record({
    messages: fc.integer({ min: 1, max: 6 }),
    bytes: fc.integer({ min: 1, max: 300 }),
    lingerMs: fc.nat(10),
  });
  fc.assert(
    fc.property(anyLimits, fc.array(step, { maxLength: 80 }), (limits, steps) => {
      const time = new VirtualTime();
      const left: Targeted[] = [];
      const waiting = new Set<Targeted>();
      const accumulator = new BatchAccumulator(limits, time.clock, (members) => {
        const bytes = members.reduce((sum, member) => sum + batchMemberBytes(member), 0);
        expect(members.length).toBeGreaterThan(0);
        expect(members.length === 1 || (members.length <= limits.messages && bytes <= limits.bytes)).toBe(true);
        expect(new Set(members.map((member) => member.queue)).size).toBe(1);
        expect(new Set(members.map((member) => `${member.sysFlag} ${member.message.waitStoreMsgOk}`)).size).toBe(1);
        for (const member of members) expect(waiting.delete(member)).toBe(true);
        left.push(...members);
      });
      let offered = 0;
      let ended = 0;
      for (const one of steps) {
        if ('add' in one || 'addAlone' in one) {
          const envelope = targeted(offered++, 'add' in one ? one.add : one.addAlone);
          waiting.add(envelope);
          if ('add' in one) accumulator.add(envelope);
          else accumulator.addAlone(envelope);
        } else if ('remove' in one) {
          const envelope = [...waiting][one.remove % Math.max(waiting.size, 1)];
          if (envelope === undefined) continue;
          waiting.delete(envelope);
          accumulator.remove(envelope);
          ended++;
        } else if ('advance' in one) time.advance(one.advance);
        else accumulator.flush();
      }
      time.advance(10);
      expect(waiting.size).toBe(0);
      expect(left.length + ended).toBe(offered);
      for (const to of ROUTE.queues) {
        const order = left.filter((envelope) => envelope.queue === to).map((envelope) => envelope.context as number);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }
      expect(time.timers).toBe(0);
    }),
    { numRuns: 1000 },
  );
});
