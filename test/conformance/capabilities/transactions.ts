/** Row 5: messages that consumers see only when local work says so, and brokers that ask what it said. */
import { setTimeout as delay } from 'node:timers/promises';
import { from, lastValueFrom, toArray } from 'rxjs';
import { type Hooks, inTransaction, type Message, type Transaction } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { expectOnlyNextStored, failureOf, withProducer } from '../sending.js';
import type { ConformanceTarget, StoredMessage } from '../target.js';

/** Brokers of the profile ask after 1.5 s, and look every 2 s. */
const CHECKS_SEEN_MS = 7000;
const CHECK_LIMIT_MS = 20_000;
const CHECKED_FROM_MS = 1600;
const CHECKS_OVER_MS = 4000;

const message = (topic: string, n: number): Message<number> => ({
  topic,
  body: `order ${n}`,
  tag: 'order',
  keys: `tx-${n}`,
  properties: { number: String(n) },
  context: n,
});

/** What consumers see, once there are so many messages; each once, and as it was handed in. */
async function expectSeen(
  target: ConformanceTarget,
  topic: string,
  numbers: readonly number[],
): Promise<StoredMessage[]> {
  const deadline = performance.now() + CHECK_LIMIT_MS;
  let seen = await target.readBack([topic]);
  while (new Set(seen.map(({ msgId }) => msgId)).size < numbers.length && performance.now() < deadline) {
    await delay(200);
    seen = await target.readBack([topic]);
  }
  const sorted = seen.toSorted((a, b) => Number(a.properties['number']) - Number(b.properties['number']));
  expect(
    sorted.map(({ properties, bodyLength }) => [
      properties['number'],
      properties['KEYS'],
      properties['TAGS'],
      bodyLength,
    ]),
  ).toEqual(numbers.map((n) => [String(n), `tx-${n}`, 'order', `order ${n}`.length]));
  return sorted;
}

const transactions: Capability = {
  row: 5,
  title: 'Transactions',
  profile: 'transactions',
  cases: [
    {
      name: 'what is committed is seen once, where the receipt says; what is rolled back, or not decided, is not seen',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfTxEnds', 4);
        await withProducer(target, 'conf_tx_ends', async (producer) => {
          const messages = Array.from({ length: 30 }, (_, n) => message('ConfTxEnds', n));
          const ends = ['commit', 'rollback', 'unknown'] as const;
          const receipts = await lastValueFrom(
            from(messages).pipe(
              inTransaction(producer, {
                execute: async ({ context = 0 }) => {
                  await delay(context % 5);
                  return ends[context % 3] ?? 'unknown';
                },
              }),
              toArray(),
            ),
          );
          expect(receipts).toHaveLength(30);
          const committed = receipts.filter(({ resolution }) => resolution === 'commit');
          const numbers = committed.map(({ context }) => context).toSorted((a, b) => a - b);
          const seen = await expectSeen(target, 'ConfTxEnds', numbers);
          const places = new Map(committed.map(({ msgId, queue }) => [msgId, `${queue.brokerName} ${queue.queueId}`]));
          expect(new Map(seen.map(({ msgId, brokerName, queueId }) => [msgId, `${brokerName} ${queueId}`]))).toEqual(
            places,
          );
        });
      },
    },
    {
      name: 'brokers that ask are told by checkTransaction, with the message as it was handed in',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfTxCheck', 2);
        const asked: [Message, Transaction][] = [];
        const told = new Map<string, number>();
        await withProducer(
          target,
          'conf_tx_check',
          async (producer) => {
            for (let n = 0; n < 6; n++) {
              const { resolution } = await producer.sendInTransaction(message('ConfTxCheck', n), () => 'unknown');
              expect(resolution).toBe('unknown');
            }
            await expectSeen(target, 'ConfTxCheck', [0, 2, 4]);
          },
          {
            checkTransaction: async (...question) => {
              asked.push(question);
              const { properties, topic, tag, keys, body } = question[0];
              const number = Number(properties?.['number']);
              expect({ topic, tag, keys, body: String(body), properties }).toEqual({
                topic: 'ConfTxCheck',
                tag: 'order',
                keys: [`tx-${number}`],
                body: `order ${number}`,
                properties: { number: String(number) },
              });
              const times = (told.get(question[1].msgId) ?? 0) + 1;
              told.set(question[1].msgId, times);
              // Asked again after 'unknown'.
              if (times === 1 && number === 4) return 'unknown' as const;
              return number % 2 === 0 ? ('commit' as const) : ('rollback' as const);
            },
          },
        );
        expect(told.size).toBe(6);
      },
    },
    {
      name: 'a producer that was only started answers for one that is gone',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfTxRestart', 2);
        const group = 'conf_tx_restart';
        await withProducer(target, group, async (producer) => {
          await producer.sendInTransaction(message('ConfTxRestart', 1), () => 'unknown');
        });
        await withProducer(
          target,
          group,
          async (producer) => {
            await producer.start();
            await expectSeen(target, 'ConfTxRestart', [1]);
            expect(producer.metrics().offered).toBe(0);
          },
          { checkTransaction: () => 'commit' },
        );
      },
    },
    {
      name: 'local work that takes longer than brokers wait is not asked about, and its message is there once',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfTxSlow', 2);
        let asked = 0;
        await withProducer(
          target,
          'conf_tx_slow',
          async (producer) => {
            const { resolution } = await producer.sendInTransaction(message('ConfTxSlow', 1), async () => {
              await delay(CHECKS_SEEN_MS);
              return 'commit';
            });
            expect(resolution).toBe('commit');
            await delay(CHECKS_SEEN_MS);
            await expectSeen(target, 'ConfTxSlow', [1]);
          },
          {
            checkTransaction: () => {
              asked++;
              return 'commit';
            },
          },
        );
        expect(asked).toBe(0);
      },
    },
    {
      name: 'what was committed just before a broker asks about it is there once, and checkTransaction is not called',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfTxJustBefore';
        await target.createTopic(topic, 2);
        const numbers = Array.from({ length: 20 }, (_, n) => n);
        const checkTransaction = jest.fn(() => 'commit' as const);
        // How often a copy was dropped that a broker asked about.
        let dropped = 0;
        const beforeRequest: Hooks['beforeRequest'] = (_, { name, fields }) => {
          if (name === 'END_TRANSACTION' && fields.get('fromTransactionCheck') === 'true') dropped++;
        };
        const config = { checkTransaction, hooks: { beforeRequest } };
        await withProducer(
          target,
          'conf_tx_just_before',
          async (producer) => {
            await producer.start();
            // Committed at any time of the 2 s between two looks of the broker, when it may ask already.
            const sending = numbers.map(async (n) => {
              await delay(n * 100);
              return producer.sendInTransaction(message(topic, n), async () => {
                await delay(CHECKED_FROM_MS);
                return 'commit';
              });
            });
            const receipts = await Promise.all(sending);
            expect(receipts.map(({ resolution }) => resolution)).toEqual(numbers.map(() => 'commit'));
            // 5.5.0 goes on asking for 3 s, 4.9.7 does not.
            await delay(CHECKS_OVER_MS);
            await expectSeen(target, topic, numbers);
          },
          config,
        );
        expect(checkTransaction).not.toHaveBeenCalled();
        if (target.release === '5.5.0') expect(dropped).toBeGreaterThan(0);
      },
    },
    {
      name: 'local work that throws leaves the message unseen, and says why',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfTxThrows', 2);
        await withProducer(target, 'conf_tx_throws', async (producer) => {
          const receipt = await producer.sendInTransaction(message('ConfTxThrows', 1), () => {
            throw new Error('no money');
          });
          expect(receipt).toMatchObject({ resolution: 'unknown', reason: { code: 'RMQ_TRANSACTION_FAILED' } });
          await expectOnlyNextStored(target, producer, 'ConfTxThrows');
        });
      },
    },
    {
      name: 'a message with a delay is refused in a transaction, before anything is sent or done',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfTxDelay', 2);
        await withProducer(target, 'conf_tx_delay', async (producer) => {
          const execute = jest.fn(() => 'commit' as const);
          for (const delivery of [{ delayLevel: 1 }, { delayMs: 2000 }]) {
            const sending = producer.sendInTransaction({ topic: 'ConfTxDelay', body: 'later', delivery }, execute);
            expect((await failureOf(sending)).failure).toMatchObject({ stage: 'validate', stored: 'no' });
          }
          expect(execute).not.toHaveBeenCalled();
          await expectOnlyNextStored(target, producer, 'ConfTxDelay');
        });
      },
    },
  ],
};

export const capabilities: readonly Capability[] = [transactions];
