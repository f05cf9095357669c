/** Row 21: what a producer can ask about topics, queues and stored messages. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Producer, SendReceipt, StoredMessage } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { expectStored, placeOf, withProducer } from '../sending.js';
import { recordOf } from '../sent-record.js';

const FOUND_LIMIT_MS = 15_000;

/** Brokers index what they have stored a moment later. */
async function foundByKey(producer: Producer, topic: string, key: string, count: number): Promise<StoredMessage[]> {
  const deadline = performance.now() + FOUND_LIMIT_MS;
  for (;;) {
    const found = await producer.admin.queryMessages(topic, key);
    if (found.length >= count || performance.now() > deadline) return [...found];
    await delay(100);
  }
}

/** Queue by queue, so that offsets are known. */
async function sendOrdered(producer: Producer, topic: string, count: number): Promise<SendReceipt[]> {
  const [queue] = await producer.admin.publishQueues(topic);
  if (queue === undefined) throw new Error('the topic has no queue');
  const receipts: SendReceipt[] = [];
  for (let i = 0; i < count; i++) {
    const keys = ['all', `key-${topic}-${i}`];
    receipts.push(await producer.send({ topic, body: `number ${i} `.repeat(1000), keys, tag: `t${i}`, queue }));
    await delay(5);
  }
  return receipts;
}

const queries: Capability = {
  row: 21,
  title: 'Topics and queries',
  profile: 'plain',
  cases: [
    {
      name: 'a topic is created on all brokers, its queues are listed, and messages go to them',
      shows: 'success',
      run: async (target) => {
        await withProducer(target, 'conf_create', async (producer) => {
          await producer.admin.createTopic('ConfCreated', { queues: 3, attributes: { 'message.type': 'NORMAL' } });
          const queues = await producer.admin.publishQueues('ConfCreated');
          expect(queues.map(placeOf)).toEqual(
            [...target.brokers.keys()].toSorted().flatMap((name) => [0, 1, 2].map((id) => `${name} ${id}`)),
          );
          const sent = [];
          for (const queue of queues) {
            const message = { topic: 'ConfCreated', body: placeOf(queue), queue };
            sent.push({ record: recordOf(message), receipt: await producer.send(message) });
          }
          const stored = await expectStored(target, ['ConfCreated'], sent);
          expect(stored.map(placeOf).toSorted()).toEqual(queues.map(placeOf));
        });
      },
    },
    {
      name: 'the ends of a queue, the offset of a time and the oldest time are what lies there',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfOffsets';
        await target.createTopic(topic, 2);
        await withProducer(target, 'conf_offsets', async (producer) => {
          const { admin } = producer;
          const [first, second, third] = await sendOrdered(producer, topic, 3);
          if (first === undefined || second === undefined || third === undefined) throw new Error('not sent');
          const { queue } = first;
          await foundByKey(producer, topic, 'all', 3);
          expect([await admin.minOffset(queue), await admin.maxOffset(queue)]).toEqual([0n, 3n]);
          const { storedAt } = await admin.viewMessage(topic, second.offsetMsgId);
          expect(await admin.searchOffset(queue, storedAt)).toBe(1n);
          expect(await admin.searchOffset(queue, 0)).toBe(0n);
          const oldest = await admin.viewMessage(topic, first.offsetMsgId);
          expect(await admin.earliestStoreTime(queue)).toEqual(oldest.storedAt);
          const stored = await target.readBack([topic]);
          expect(stored.map(({ queueOffset, msgId }) => [queueOffset, msgId])).toEqual(
            [first, second, third].map(({ queueOffset, msgId }) => [queueOffset, msgId]),
          );
        });
      },
    },
    {
      name: 'messages are found by key, by unique key and by place, with their content',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfQueries';
        await target.createTopic(topic, 2);
        await withProducer(target, 'conf_queries', async (producer) => {
          const receipts = await sendOrdered(producer, topic, 3);
          const found = await foundByKey(producer, topic, 'all', 3);
          expect(found.map(({ msgId }) => msgId)).toEqual(receipts.map(({ msgId }) => msgId));
          for (const [i, { msgId, offsetMsgId, queue, queueOffset }] of receipts.entries()) {
            const [byKey] = await foundByKey(producer, topic, `key-${topic}-${i}`, 1);
            const byUniqueKey = await producer.admin.viewMessage(topic, msgId);
            const byPlace = await producer.admin.viewMessage(topic, offsetMsgId);
            for (const one of [byKey, byUniqueKey, byPlace]) {
              expect(one).toMatchObject({ topic, queue, queueOffset, msgId, offsetMsgId, tag: `t${i}` });
              expect(Buffer.from(one?.body ?? []).toString()).toBe(`number ${i} `.repeat(1000));
            }
          }
          const [, second] = found;
          if (second === undefined) throw new Error('not found');
          const { storedAt } = second;
          const then = await producer.admin.queryMessages(topic, 'all', { from: storedAt, to: storedAt });
          expect(then.map(({ msgId }) => msgId)).toEqual(
            found.filter((one) => one.storedAt.getTime() === storedAt.getTime()).map(({ msgId }) => msgId),
          );
          const stored = await target.readBack([topic]);
          expect(stored.map(({ msgId }) => msgId)).toEqual(receipts.map(({ msgId }) => msgId));
        });
      },
    },
    {
      name: 'what is not there is not found, and what cannot be is refused',
      shows: 'refusal',
      run: async (target) => {
        const topic = 'ConfNotFound';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_not_found', async ({ admin }) => {
          expect(await admin.queryMessages(topic, 'nothing')).toEqual([]);
          await expect(admin.queryMessages('ConfNeverMade', 'nothing')).rejects.toMatchObject({
            code: 'RMQ_ROUTE_MISSING',
          });
          await expect(admin.viewMessage(topic, 'F'.repeat(32))).rejects.toMatchObject({
            code: 'RMQ_MESSAGE_NOT_FOUND',
          });
          const [queue] = await admin.publishQueues(topic);
          if (queue === undefined) throw new Error('the topic has no queue');
          await expect(admin.earliestStoreTime(queue)).rejects.toMatchObject({ code: 'RMQ_MESSAGE_NOT_FOUND' });
          await expect(admin.maxOffset({ ...queue, brokerName: 'nobody' })).rejects.toMatchObject({
            code: 'RMQ_BROKER_UNKNOWN',
          });
          await expect(admin.publishQueues('ConfNeverMade')).rejects.toMatchObject({ code: 'RMQ_ROUTE_MISSING' });
          await expect(admin.createTopic('not a name')).rejects.toMatchObject({ code: 'RMQ_ARGUMENT_INVALID' });
          await expect(admin.createTopic('BenchmarkTest')).rejects.toMatchObject({ code: 'RMQ_TOPIC_REFUSED' });
        });
      },
    },
    {
      name: 'a topic with an attribute that brokers do not know is refused',
      shows: 'refusal',
      only: { releases: ['5.5.0'], because: 'Brokers of 4.x ignore attributes.' },
      run: async (target) => {
        await withProducer(target, 'conf_attribute', async ({ admin }) => {
          for (const attributes of [{ 'what.ever': 'x' }, { 'message.type': 'NOPE' }]) {
            await expect(admin.createTopic('ConfAttribute', { attributes })).rejects.toMatchObject({
              code: 'RMQ_TOPIC_REFUSED',
            });
          }
        });
      },
    },
  ],
};

export const capabilities = [queries];
