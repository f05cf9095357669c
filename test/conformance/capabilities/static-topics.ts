/** Row 19: static topics, whose logical queues keep their ids while they move between brokers. */
import type { Message, SendReceipt } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import type { StaticPlace } from '../static-topic-verbs.js';
import { failureOf, streamAll, withProducer } from '../sending.js';

const SINCE_5 = { releases: ['5.5.0'], because: 'Static topics came with 5.0.' } as const;

const messages = (topic: string, count: number): Message[] =>
  Array.from({ length: count }, (_, i): Message => ({ topic, body: `message ${i}` }));

/** Logical queue, offset and unique key of each. */
const places = (receipts: readonly (SendReceipt | undefined)[]): string[] =>
  receipts.map((receipt) => `${receipt?.queue.queueId} ${receipt?.queueOffset} ${receipt?.msgId}`).sort();
const placesFound = (found: readonly StaticPlace[]): string[] =>
  found.map(({ queueId, queueOffset, msgId }) => `${queueId} ${queueOffset} ${msgId}`).sort();

const staticTopics: Capability = {
  row: 19,
  title: 'Static topics',
  profile: 'plain',
  cases: [
    {
      name: 'messages go to the logical queues of a static topic, wherever these lie',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        const names = [...target.brokers.keys()];
        await target.createStaticTopic('ConfStatic', 4, names);
        await withProducer(target, 'conf_static', async (producer) => {
          const receipts = (await streamAll(producer, messages('ConfStatic', 40))).map(({ receipt }) => receipt);
          expect(new Set(receipts.map((receipt) => receipt?.queue.queueId))).toEqual(new Set([0, 1, 2, 3]));
          expect(new Set(receipts.map((receipt) => receipt?.queue.brokerName))).toEqual(new Set(names));
          const found = await target.readStaticTopic('ConfStatic');
          expect(placesFound(found)).toEqual(places(receipts));
        });
      },
    },
    {
      name: 'a queue that moved to another broker is found there, also by a message that was meant for the old one',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        const names = [...target.brokers.keys()];
        await target.createStaticTopic('ConfMoved', 4, names);
        await withProducer(target, 'conf_moved', async (producer) => {
          const keyed = (i: number): Message => ({ topic: 'ConfMoved', body: 'x', shardingKey: `key ${i % 8}` });
          const before = await Promise.all(Array.from({ length: 16 }, (_, i) => producer.send(keyed(i))));
          await target.moveStaticTopic('ConfMoved', names.slice(0, 1));
          const after = await Promise.all(Array.from({ length: 16 }, (_, i) => producer.send(keyed(i))));
          expect(after.map(({ queue }) => queue.queueId)).toEqual(before.map(({ queue }) => queue.queueId));
          expect(new Set(after.map(({ queue }) => queue.brokerName))).toEqual(new Set(names.slice(0, 1)));
          const old = before.find(({ queue }) => queue.brokerName !== names[0])?.queue;
          if (old === undefined) throw new Error('no message was on the other broker');
          const last = await producer.send({ topic: 'ConfMoved', body: 'to the old place', queue: old });
          expect(last.queue).toEqual({ ...old, brokerName: names[0] });
          const found = await target.readStaticTopic('ConfMoved');
          expect(placesFound(found)).toEqual(places([...before, ...after, last]));
          // Behind a gap, which leaves the old broker room for what it may still have stored.
          const moved = [...after, last].filter(({ queue }) => queue.queueId === old.queueId);
          expect(new Set(moved.map(({ queueOffset }) => queueOffset))).toEqual(
            new Set(moved.map((_, i) => 10_000n + BigInt(i))),
          );
        });
      },
    },
    {
      name: 'a broker refuses a message for a queue that lies elsewhere',
      shows: 'refusal',
      only: SINCE_5,
      run: async (target) => {
        const [host = '', other = ''] = target.brokers.keys();
        await target.createStaticTopic('ConfElsewhere', 2, [host]);
        const wrong = target.brokers.get(other) ?? '';
        await withProducer(
          target,
          'conf_elsewhere',
          async (producer) => {
            const error = await failureOf(producer.send({ topic: 'ConfElsewhere', body: 'x' }));
            expect(error).toMatchObject({ code: 'RMQ_QUEUE_REFUSED', stored: 'no', detail: { responseCode: 501 } });
            expect(await target.readStaticTopic('ConfElsewhere')).toEqual([]);
          },
          { retries: 0, mapBrokerAddress: () => wrong },
        );
      },
    },
  ],
};

export const capabilities = [staticTopics];
