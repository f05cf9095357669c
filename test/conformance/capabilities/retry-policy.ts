/** Row 17: which failed attempts are followed by another, where it goes, and what is left to say when none succeeds. */
import { randomBytes } from 'node:crypto';
import { lastValueFrom, range, map, toArray } from 'rxjs';
import { type Message, type SendStatus, toRocketMQ } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { BROKER_LIMIT_BYTES, failureOf, MIB, withProducer } from '../sending.js';
import type { ConformanceTarget, StoredMessage } from '../target.js';

/** Port 1 of this machine: nobody listens there. */
const NOBODY = '127.0.0.1:1';

/** What a broker says that waits for a replica in vain: 4.x looks whether there is one, 5.x waits for its time. */
const statusWithoutReplica = ({ release }: ConformanceTarget): SendStatus =>
  release === '4.9.7' ? 'SLAVE_NOT_AVAILABLE' : 'FLUSH_SLAVE_TIMEOUT';

const messages = (topic: string, count: number): Message[] =>
  Array.from({ length: count }, (_, n) => ({ topic, body: `number ${n}`, keys: `${topic}-${n}` }));

const countByMsgId = (stored: readonly StoredMessage[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { msgId } of stored) counts.set(msgId, (counts.get(msgId) ?? 0) + 1);
  return counts;
};

const retryPolicy: Capability = {
  row: 17,
  title: 'Retry policy',
  profile: 'plain',
  cases: [
    {
      name: 'a broker that cannot be reached is passed over: every message is stored once, by the other',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('RetryElsewhere', 4);
        const unreachable = target.brokers.get('broker-a') ?? '';
        const mapBrokerAddress = (address: string): string => (address === unreachable ? NOBODY : address);
        await withProducer(
          target,
          'retry_elsewhere',
          async (producer) => {
            const receipts = await lastValueFrom(
              range(40).pipe(
                map((n): Message => ({ topic: 'RetryElsewhere', body: `number ${n}` })),
                toRocketMQ(producer),
                toArray(),
              ),
            );
            expect(new Set(receipts.map(({ queue }) => queue.brokerName))).toEqual(new Set(['broker-b']));
            expect(new Set(receipts.map(({ attempts }) => attempts))).toEqual(new Set([1, 2]));
            const stored = await target.readBack(['RetryElsewhere']);
            expect(stored.map(({ msgId }) => msgId).sort()).toEqual(receipts.map(({ msgId }) => msgId).sort());
          },
          { mapBrokerAddress },
        );
      },
    },
    {
      name: 'a status other than SEND_OK is a receipt that says so',
      shows: 'success',
      profile: 'replica-missing',
      run: async (target) => {
        await target.createTopic('RetryStatus', 2);
        await withProducer(target, 'retry_status', async (producer) => {
          for (const message of messages('RetryStatus', 2)) await producer.send(message);
          const queue = { topic: 'RetryStatus', brokerName: 'broker-a', queueId: 1 };
          const receipt = await producer.send({ topic: 'RetryStatus', body: 'there', tag: 'weak', queue });
          expect(receipt).toMatchObject({ ok: true, status: statusWithoutReplica(target), attempts: 1, queue });
          const stored = await target.readBack(['RetryStatus']);
          expect(stored.filter(({ properties }) => properties['TAGS'] === 'weak')).toMatchObject([
            { msgId: receipt.msgId, brokerName: 'broker-a', queueId: 1, queueOffset: receipt.queueOffset },
          ]);
        });
      },
    },
    {
      name: 'with retryAnotherBrokerWhenNotStoreOk what is not stored safely is sent to another broker as well',
      shows: 'success',
      profile: 'replica-missing',
      run: async (target) => {
        await target.createTopic('RetryNotOk', 2);
        await withProducer(
          target,
          'retry_not_ok',
          async (producer) => {
            const receipts = [];
            for (const message of messages('RetryNotOk', 8)) receipts.push(await producer.send(message));
            expect(receipts.map(({ status, queue }) => [status, queue.brokerName])).toEqual(
              receipts.map(() => ['SEND_OK', 'broker-b']),
            );
            const counts = countByMsgId(await target.readBack(['RetryNotOk']));
            expect(receipts.map(({ msgId }) => counts.get(msgId))).toEqual(receipts.map(({ attempts }) => attempts));
            expect(new Set(counts.values())).toEqual(new Set([1, 2]));
          },
          { retryAnotherBrokerWhenNotStoreOk: true },
        );
      },
    },
    {
      name: 'where the other broker fails, what was stored first is the outcome',
      shows: 'refusal',
      profile: 'replica-missing',
      run: async (target) => {
        await target.createTopic('RetryWeak', 2);
        const other = target.brokers.get('broker-b') ?? '';
        const mapBrokerAddress = (address: string): string => (address === other ? NOBODY : address);
        await withProducer(
          target,
          'retry_weak',
          async (producer) => {
            const receipts = [];
            for (const message of messages('RetryWeak', 4)) receipts.push(await producer.send(message));
            expect(receipts).toMatchObject(
              receipts.map(() => ({ status: statusWithoutReplica(target), queue: { brokerName: 'broker-a' } })),
            );
            const stored = await target.readBack(['RetryWeak']);
            expect(stored.map(({ msgId }) => msgId).sort()).toEqual(receipts.map(({ msgId }) => msgId).sort());
          },
          { mapBrokerAddress, retryAnotherBrokerWhenNotStoreOk: true, sendTimeoutMs: 6000 },
        );
      },
    },
    {
      name: 'when no attempt succeeds the failure lists each of them, and nothing is stored',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('RetryNowhere', 2);
        await withProducer(
          target,
          'retry_nowhere',
          async (producer) => {
            const { code, stored, failure } = await failureOf(producer.send({ topic: 'RetryNowhere', body: 'lost' }));
            expect([code, stored, failure.attempts.length]).toEqual(['RMQ_CONNECT_FAILED', 'no', 4]);
            expect(failure.attempts.map(({ address, error }) => [address, error.code])).toEqual(
              failure.attempts.map(() => [NOBODY, 'RMQ_CONNECT_FAILED']),
            );
            expect(new Set(failure.attempts.map(({ brokerName }) => brokerName))).toEqual(
              new Set(target.brokers.keys()),
            );
          },
          { mapBrokerAddress: () => NOBODY, retries: 3, sendTimeoutMs: 10_000 },
        );
        expect(await target.readBack(['RetryNowhere'])).toEqual([]);
      },
    },
    {
      name: 'what is refused for good is not sent again, whatever retryableCodes says',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('RetryForGood', 1);
        const MESSAGE_ILLEGAL = 13;
        await withProducer(
          target,
          'retry_for_good',
          async (producer) => {
            const body = randomBytes(BROKER_LIMIT_BYTES + 1);
            const { code, failure } = await failureOf(producer.send({ topic: 'RetryForGood', body }));
            expect([code, failure.attempts.length]).toEqual(['RMQ_MESSAGE_REFUSED', 1]);
          },
          { maxMessageBytes: 8 * MIB, compress: false, retryableCodes: [MESSAGE_ILLEGAL] },
        );
      },
    },
    {
      name: 'retryableCodes says which answers are followed by another attempt',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('RetryNoTemplate', 1);
        const TOPIC_NOT_EXIST = 17;
        const attemptsWith = (retryableCodes: readonly number[]): Promise<number> =>
          withProducer(
            target,
            'retry_codes',
            async (producer) => {
              const { code, failure } = await failureOf(producer.send({ topic: 'RetryNeverCreated', body: 'refused' }));
              expect(code).toBe('RMQ_TOPIC_MISSING');
              return failure.attempts.length;
            },
            // an ordinary topic has a route, but passes nothing on to new topics
            { createTopicKey: 'RetryNoTemplate', retryableCodes },
          );
        expect(await attemptsWith([])).toBe(1);
        expect(await attemptsWith([TOPIC_NOT_EXIST])).toBe(3);
      },
    },
  ],
};

export const capabilities = [retryPolicy];
