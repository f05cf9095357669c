/** Row 2: batches, those that the caller makes and those that a stream gathers. */
import { setTimeout as delay } from 'node:timers/promises';
import { from, lastValueFrom, toArray } from 'rxjs';
import { type Message, type PipelineOptions, type Producer, type SendError, toRocketMQ } from '../../../src/index.js';
import { BODY_KINDS, sampleBody } from '../../src/protocol/sample-bodies.js';
import type { Capability } from '../capability.js';
import {
  BROKER_LIMIT_BYTES,
  contents,
  expectOnlyNextStored,
  expectStored,
  failureOf,
  placeOf,
  type Sent,
  withProducer,
} from '../sending.js';
import { recordOf } from '../sent-record.js';
import type { ConformanceTarget } from '../target.js';

const MAX_PROPERTIES_BYTES = 32_767;
/** A consumer that has just started needs some seconds until it is given its queues. */
const ARRIVAL_LIMIT_MS = 30_000;
/** Of `contents`, without the one that fills a broker's limit by itself. */
const batchable = (topic: string): Message[] => contents(topic).slice(0, -1);
const numbered = (topic: string, count: number, body = 'member'): Message[] =>
  Array.from({ length: count }, (_, n) => ({
    topic,
    body: `${body} ${n}`,
    tag: `t${n}`,
    keys: [`${topic}-${n}`, 'all'],
  }));

async function sendBatch(producer: Producer, messages: readonly Message[]): Promise<Sent[]> {
  const records = messages.map(recordOf);
  const receipts = await producer.sendBatch(messages);
  expect(receipts).toHaveLength(messages.length);
  return records.map((record, i) => ({ record, receipt: receipts[i] }));
}

async function streamBatches(
  producer: Producer,
  messages: readonly Message[],
  options: Pick<PipelineOptions, 'batch' | 'compress' | 'retry'> = { batch: true },
): Promise<Sent[]> {
  const records = new Map(messages.map((message) => [message, recordOf(message)]));
  const receipts = await lastValueFrom(from(messages).pipe(toRocketMQ(producer, options), toArray()));
  const byMessage = new Map(receipts.map((receipt) => [receipt.message, receipt]));
  return [...records].map(([message, record]) => ({ record, receipt: byMessage.get(message) }));
}

/** The ids of what a consumer of the other client got, once it is that many. */
async function arrivedIn(target: ConformanceTarget, topic: string, count: number): Promise<string[]> {
  const deadline = performance.now() + ARRIVAL_LIMIT_MS;
  for (;;) {
    const arrived = await target.arrivals(topic);
    if (arrived.length >= count || performance.now() > deadline) return arrived.map(({ msgId }) => msgId).toSorted();
    await delay(100);
  }
}

/** What was said of each message, in their order. */
const failuresOf = ({ failure, alsoFailed, notSent }: SendError) => [failure, ...alsoFailed, ...notSent];

const explicitBatches: Capability = {
  row: 2,
  title: 'Batches by sendBatch',
  profile: 'plain',
  cases: [
    {
      name: 'every message of a batch is stored as itself, where its own receipt says, one behind the other',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfBatch', 2);
        await withProducer(target, 'conf_batch', async (producer) => {
          const sent: Sent[] = [];
          const messages = batchable('ConfBatch');
          // Batches of one and of many: before the version of a broker is known, and after.
          for (let size = 1; messages.length > 0; size += 7) {
            const batch = await sendBatch(producer, messages.splice(0, size));
            const [first] = batch;
            for (const [i, { receipt }] of batch.entries()) {
              expect(receipt?.queue).toEqual(first?.receipt?.queue);
              expect(receipt?.queueOffset).toBe((first?.receipt?.queueOffset ?? 0n) + BigInt(i));
            }
            sent.push(...batch);
          }
          await expectStored(target, ['ConfBatch'], sent);
        });
      },
    },
    {
      name: 'a batch goes to the queue that its caller, its messages or their sharding key name',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfBatchQueue';
        await target.createTopic(topic, 4);
        await withProducer(target, 'conf_batch_queue', async (producer) => {
          const { queue } = await producer.send({ topic, body: 'where queues are', tag: 'probe' });
          const sent = numbered(topic, 3).map((one) => ({ ...one, queue }));
          const keyed = numbered(topic, 3).map((one) => ({ ...one, shardingKey: 'order-7' }));
          const places = [
            ...(await producer.sendBatch(numbered(topic, 3), { queue })),
            ...(await producer.sendBatch(sent)),
            ...(await producer.sendBatch(numbered(topic, 3), { selectQueue: () => queue })),
          ].map((receipt) => placeOf(receipt.queue));
          expect(new Set(places)).toEqual(new Set([placeOf(queue)]));
          const [placed] = await target.placementOf(topic, ['order-7']);
          if (placed === undefined) throw new Error('the target placed nothing');
          for (const receipt of await producer.sendBatch(keyed)) expect(placeOf(receipt.queue)).toBe(placeOf(placed));
        });
      },
    },
    {
      name: 'a topic that stores batches as one record gives back every message of them',
      shows: 'success',
      only: { releases: ['5.5.0'], because: 'Topics of 4.9.7 have no queue type.' },
      run: async (target) => {
        const topic = 'ConfBatchCQ';
        await target.createTopic(topic, 1, { attributes: { 'queue.type': 'BatchCQ' } });
        await withProducer(target, 'conf_batch_cq', async (producer) => {
          const sent = [
            ...(await sendBatch(producer, numbered(topic, 3))),
            ...(await sendBatch(producer, numbered(topic, 5))),
            ...(await streamBatches(producer, numbered(topic, 40))),
            ...(await streamBatches(producer, numbered(topic, 40, 'a'.repeat(3000)), {
              batch: true,
              compress: { overBytes: 1 },
            })),
          ];
          const { queue } = sent.at(-1)?.receipt ?? {};
          if (queue === undefined) throw new Error('nothing was sent');
          const alone = numbered(topic, 3, 'alone');
          const records = alone.map(recordOf);
          const receipts = await producer.sendBatch(alone, { queue });
          expect(new Set(receipts.map(({ offsetMsgId }) => offsetMsgId)).size).toBe(1);
          const [first] = receipts;
          expect(receipts.map((one) => one.queueOffset - (first?.queueOffset ?? 0n))).toEqual([0n, 1n, 2n]);
          sent.push(...records.map((record, i) => ({ record, receipt: receipts[i] })));
          await expectStored(target, [topic], sent);
        });
      },
    },
    {
      name: 'a batch with a message that does not fit the others, or fits no batch, is refused before it is sent',
      shows: 'refusal',
      run: async (target) => {
        const topic = 'ConfBatchRefused';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_batch_refused', async (producer) => {
          const { queue } = await producer.send({ topic, body: 'probe' });
          const overhead = 'UNIQ_KEY..WAIT.true.p..'.length + 32;
          const wrong: readonly (readonly [rule: string, changes: Partial<Message>])[] = [
            ['batch-topic', { topic: 'ConfBatchOther' }],
            ['batch-wait', { waitStoreMsgOk: false }],
            ['batch-queue', { queue }],
            ['batch-sharding-key', { shardingKey: 'k' }],
            ['body-empty', { body: '' }],
            ['properties-size', { properties: { p: 'x'.repeat(MAX_PROPERTIES_BYTES) } }],
            ['batch-properties-size', { properties: { p: 'x'.repeat(MAX_PROPERTIES_BYTES - overhead - 100) } }],
            ['batch-size', { body: Buffer.alloc(BROKER_LIMIT_BYTES - 50) }],
          ];
          for (const [rule, changes] of wrong) {
            const [first, second, third] = numbered(topic, 3);
            if (first === undefined || second === undefined || third === undefined) throw new Error('no messages');
            const error = await failureOf(producer.sendBatch([first, { ...second, ...changes }, third]));
            expect(error).toMatchObject({ stored: 'no', detail: { rule, index: 1 } });
            expect(failuresOf(error).map(({ stored, stage }) => `${stored} ${stage}`)).toEqual([
              'no validate',
              'no validate',
              'no validate',
            ]);
          }
          expect(await target.readBack([topic])).toHaveLength(1);
        });
      },
    },
    {
      name: 'a compaction topic gets no batch that has a message without keys',
      shows: 'refusal',
      only: { releases: ['5.5.0'], because: 'Topics of 4.9.7 have no cleanup policy.' },
      run: async (target) => {
        const topic = 'ConfBatchCompacted';
        await target.createTopic(topic, 1, { attributes: { 'cleanup.policy': 'COMPACTION' } });
        await target.watch(topic);
        await withProducer(target, 'conf_batch_compacted', async (producer) => {
          const unkeyed = (count: number): Message[] =>
            Array.from({ length: count }, (_, n): Message => ({ topic, body: `unkeyed ${n}` }));
          const refused = { code: 'RMQ_MESSAGE_INVALID', stored: 'no', detail: { rule: 'key-required' } };
          const [keyed] = numbered(topic, 1);
          if (keyed === undefined) throw new Error('no message');
          for (const batch of [unkeyed(3), [keyed, ...unkeyed(1)]]) {
            const error = await failureOf(producer.sendBatch(batch));
            expect(error).toMatchObject(refused);
            expect(failuresOf(error).map(({ stored }) => stored)).toEqual(batch.map(() => 'no'));
          }
          const sent = await producer.sendBatch(numbered(topic, 3));
          const arrived = await arrivedIn(target, topic, sent.length);
          expect(arrived).toEqual(sent.map(({ msgId }) => msgId).toSorted());
        });
      },
    },
    {
      name: 'a batch over the limit of the broker is refused as a whole, each message with its failure',
      shows: 'refusal',
      profile: 'small-limits',
      run: async (target) => {
        const topic = 'ConfBatchLarge';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_batch_large', async (producer) => {
          const error = await failureOf(producer.sendBatch(numbered(topic, 10, 'x'.repeat(3000))));
          expect(error).toMatchObject({ code: 'RMQ_MESSAGE_REFUSED', stored: 'no' });
          const failures = failuresOf(error);
          expect(failures.map(({ attempts }) => attempts.length)).toEqual(failures.map(() => 1));
          expect(new Set(failures.map(({ msgId }) => msgId)).size).toBe(10);
          await expectOnlyNextStored(target, producer, topic);
        });
      },
    },
  ],
};

const gatheredBatches: Capability = {
  row: 2,
  title: 'Batches gathered in a stream',
  profile: 'plain',
  cases: [
    {
      name: 'a stream with batches on is stored message by message as it was sent, each where its receipt says',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfGather', 2);
        await withProducer(target, 'conf_gather', async (producer) => {
          const sent = await streamBatches(producer, contents('ConfGather'));
          const stored = await expectStored(target, ['ConfGather'], sent);
          expect(new Set(stored.map(placeOf)).size).toBe(2 * target.brokers.size);
        });
      },
    },
    {
      name: 'compressed messages share batches, and come back as they were',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfGatherCompressed';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_gather_compressed', async (producer) => {
          const messages = Array.from({ length: 120 }, (_, n): Message => {
            const kind = BODY_KINDS[n % BODY_KINDS.length] ?? 'text';
            return { topic, body: sampleBody(kind, 200 + 13 * n), keys: `${topic}-${n}` };
          });
          const sent: Sent[] = [];
          for (const codec of ['zlib', 'lz4', 'zstd'] as const) {
            const options = { batch: { messages: 20 }, compress: { overBytes: 1, codec } };
            sent.push(
              ...(await streamBatches(
                producer,
                messages.map((one) => ({ ...one })),
                options,
              )),
            );
          }
          await expectStored(target, [topic], sent);
        });
      },
    },
    {
      name: 'a batch over the limit of the broker does not fail its messages: they go one by one',
      shows: 'success',
      profile: 'small-limits',
      run: async (target) => {
        const topic = 'ConfGatherLarge';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_gather_large', async (producer) => {
          const sent = await streamBatches(producer, numbered(topic, 60, 'x'.repeat(3000)), {
            batch: true,
            retry: false,
          });
          await expectStored(target, [topic], sent);
          expect(new Set(sent.map(({ receipt }) => receipt?.attempts))).toEqual(new Set([1]));
        });
      },
    },
    {
      name: 'in a compaction topic messages without keys fail, and every acknowledged one arrives',
      shows: 'refusal',
      only: { releases: ['5.5.0'], because: 'Topics of 4.9.7 have no cleanup policy.' },
      run: async (target) => {
        const topic = 'ConfGatherCompacted';
        await target.createTopic(topic, 1, { attributes: { 'cleanup.policy': 'COMPACTION' } });
        await target.watch(topic);
        await withProducer(target, 'conf_gather_compacted', async (producer) => {
          const messages = numbered(topic, 60).map(({ keys, ...one }, n): Message =>
            n % 3 === 0 || keys === undefined ? one : { ...one, keys },
          );
          const options = { batch: true, onFailure: 'result' } as const;
          const outcomes = await lastValueFrom(from(messages).pipe(toRocketMQ(producer, options), toArray()));
          const failed = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome]));
          expect(failed).toHaveLength(20);
          for (const { message, stored, error } of failed) {
            expect([message.keys, stored, error.code, error.detail['rule']]).toEqual([
              undefined,
              'no',
              'RMQ_MESSAGE_INVALID',
              'key-required',
            ]);
          }
          const sent = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.msgId] : []));
          expect(await arrivedIn(target, topic, sent.length)).toEqual(sent.toSorted());
        });
      },
    },
    {
      name: 'of a batch that is refused only those messages fail that are refused by themselves',
      shows: 'refusal',
      profile: 'small-limits',
      run: async (target) => {
        const topic = 'ConfGatherOne';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_gather_one', async (producer) => {
          const messages = numbered(topic, 9);
          messages.splice(4, 0, { topic, body: 'x'.repeat(30_000), tag: 'large' });
          const sending = from(messages).pipe(
            toRocketMQ(producer, { batch: true, compress: false, onFailure: 'result' }),
            toArray(),
          );
          const outcomes = await lastValueFrom(sending);
          const failed = outcomes.filter(({ ok }) => !ok);
          expect(failed).toMatchObject([
            { message: { tag: 'large' }, stored: 'no', error: { code: 'RMQ_MESSAGE_REFUSED' } },
          ]);
          const stored = await target.readBack([topic]);
          expect(stored).toHaveLength(9);
          const tags = new Set(stored.map(({ properties }) => properties['TAGS']));
          expect(tags).toEqual(new Set(numbered(topic, 9).map(({ tag }) => tag)));
        });
      },
    },
  ],
};

export const capabilities: readonly Capability[] = [explicitBatches, gatheredBatches];
