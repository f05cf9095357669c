/** The law of conservation: whatever brokers and callers do, offered = sent + failed, one outcome each, nothing left. */
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendOutcome } from '../../src/producer/message/outcome.js';
import {
  amendAnswer,
  busy,
  delay,
  disconnect,
  drop,
  dropAnswer,
  duplicateAnswer,
  refuse,
  type Reply,
} from '../../src/testing/index.js';
import { TestCluster } from './test-cluster.js';

const servers = new TestCluster();
beforeAll(() => servers.open());
afterAll(() => servers.close());

const replies: Readonly<Record<string, Reply>> = {
  ok: (turn) => turn.answer(turn.handle()),
  refuse: refuse('MESSAGE_ILLEGAL'),
  unavailable: refuse('SERVICE_NOT_AVAILABLE'),
  unknown: refuse(9999),
  busy: busy(),
  drop: drop(),
  dropAnswer: dropAnswer(),
  late: delay(90),
  lost: disconnect('after-storing'),
  lostBefore: disconnect('before-storing', 'end'),
  twice: duplicateAnswer(2),
  broken: amendAnswer({ fields: { queueOffset: undefined } }),
};

const run = fc.record({
  plan: fc.array(fc.constantFrom(...Object.keys(replies)), { minLength: 1, maxLength: 25 }),
  messages: fc.integer({ min: 1, max: 40 }),
  window: fc.integer({ min: 1, max: 12 }),
  buffer: fc.integer({ min: 0, max: 30 }),
  retries: fc.integer({ min: 0, max: 3 }),
  invalidEvery: fc.integer({ min: 2, max: 9 }),
  leaveAfter: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
});

test('offered = sent + failed, exactly one outcome each, nothing in flight at the end', async () => {
  let isFirst = 0;
  await fc.assert(
    fc.asyncProperty(run, async ({ plan, messages, window, buffer, retries, invalidEvery, leaveAfter }) => {
      let turns = 0;
      const rules = servers.cluster.brokers.map((broker) =>
        broker.script({
          when: { code: 'SEND_MESSAGE_V2' },
          reply: (turn) => replies[plan[turns++ % plan.length] ?? 'ok']?.(turn),
        }),
      );
      const group = `conservation-${isFirst++}`;
      const producer = servers.producer({ group, sendTimeoutMs: 120 });
      const emitted: SendOutcome<number>[] = [];
      const dead: number[] = [];
      const balance = (): void => {
        const { offered, sent, failed, inFlight, buffered } = producer.metrics();
        expect(offered).toBe(sent + failed + inFlight + buffered);
        expect(inFlight).toBeLessThanOrEqual(window);
        expect(buffered).toBeLessThanOrEqual(buffer);
      };
      const source = new Subject<Message<number>>();
      const ended = new Promise<void>((resolve) => {
        const subscription = source
          .pipe(
            toRocketMQ<number>(producer, {
              window,
              buffer: { messages: buffer },
              onFailure: 'result',
              retry: { retries, delayMs: () => 1 },
              deadLetter: { next: ({ context }) => dead.push(context) },
            }),
          )
          .subscribe({
            next(outcome) {
              emitted.push(outcome);
              balance();
              if (emitted.length === leaveAfter) {
                setImmediate(() => {
                  subscription.unsubscribe();
                  resolve();
                });
              }
            },
            complete: resolve,
          });
      });
      for (let n = 0; n < messages; n++) {
        source.next({ topic: n % invalidEvery === 1 ? 'not a topic' : 'orders', body: `${group}/${n}`, context: n });
        balance();
      }
      source.complete();
      await ended;
      await producer.flush();

      const { offered, sent, failed, inFlight, inFlightBytes, buffered } = producer.metrics();
      expect({ inFlight, inFlightBytes, buffered }).toEqual({ inFlight: 0, inFlightBytes: 0, buffered: 0 });
      expect([offered, sent + failed]).toEqual([messages, messages]);
      expect(new Set(dead).size).toBe(dead.length);
      expect(dead).toHaveLength(failed);
      expect(new Set(emitted.map(({ context }) => context)).size).toBe(emitted.length);
      if (leaveAfter === undefined) expect(emitted).toHaveLength(messages);

      // An acknowledged message is stored; one whose failure says no is not.
      const stored = new Set(servers.cluster.messages('orders').map(({ body }) => body.toString()));
      for (const outcome of emitted) {
        const isStored = stored.has(`${group}/${outcome.context}`);
        if (outcome.ok) expect(isStored).toBe(true);
        else if (outcome.stored === 'no') expect(isStored).toBe(false);
      }
      for (const rule of rules) rule.stop();
      await producer.shutdown({ drain: false });
      expect(producer.metrics()).toMatchObject({ offered: messages, inFlight: 0 });
    }),
    // Each run takes a tenth of a second of real sockets: `npm run test:fuzz` has time for a part of its number.
    { numRuns: Math.max(40, Number(process.env['FUZZ_RUNS'] ?? 0) / 20) },
  );
}, 120_000);
