/** Row 3: messages of one key lie in one queue, the one that the Java client chooses, in the order of sending. */
import { randomBytes } from 'node:crypto';
import { from, lastValueFrom, toArray } from 'rxjs';
import { type Message, type OrderedOptions, type Producer, type SendOutcome, toRocketMQ } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { BROKER_LIMIT_BYTES, MIB, placeOf, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';

/** The first one has the hash Integer.MIN_VALUE, which Math.abs leaves negative; 'd' and 'l' hash to the first of 8 queues. */
const KEYS = [
  'polygenelubricants',
  'd',
  'l',
  'e',
  'Müller',
  '订单-7',
  '🚀',
  ...Array.from({ length: 40 }, (_, n) => `k${n}`),
];
const MESSAGES = 400;

const keyOf = (n: number): string => KEYS[n % KEYS.length] ?? '';

/** Messages whose `order` property is their number. */
const messagesOf = (topic: string, keyed: (n: number) => Partial<Message>): Message[] =>
  Array.from({ length: MESSAGES }, (_, n) => ({
    topic,
    body: `number ${n}`,
    properties: { order: `${n}`, key: keyOf(n) },
    ...keyed(n),
  }));

const send = (
  producer: Producer,
  messages: readonly Message[],
  ordered?: OrderedOptions<undefined>,
): Promise<SendOutcome<undefined>[]> =>
  lastValueFrom(
    from(messages).pipe(
      toRocketMQ(producer, { buffer: { messages: MESSAGES }, onFailure: 'result', ...(ordered && { ordered }) }),
      toArray(),
    ),
  );

/** The numbers of the messages of each key, as they lie one behind the other in the queue; and where. */
async function readByKey(
  target: ConformanceTarget,
  topic: string,
): Promise<Map<string, { places: Set<string>; order: number[] }>> {
  const byKey = new Map<string, { places: Set<string>; order: number[] }>();
  const stored = await target.readBack([topic]);
  for (const copy of stored.toSorted((a, b) => Number(a.queueOffset - b.queueOffset))) {
    const key = copy.properties['key'] ?? '';
    const known = byKey.get(key) ?? { places: new Set(), order: [] };
    known.places.add(placeOf(copy));
    known.order.push(Number(copy.properties['order']));
    byKey.set(key, known);
  }
  return byKey;
}

const numbersOf = (key: string): number[] =>
  Array.from({ length: MESSAGES }, (_, n) => n).filter((n) => keyOf(n) === key);

const tooLarge = { maxMessageBytes: 8 * MIB, compress: false } as const;
const BAD = KEYS.indexOf('e') + KEYS.length;

/** The second message of key 'e' is larger than any broker takes. */
const withOneRefused = (topic: string): Message[] =>
  messagesOf(topic, (n) => ({
    shardingKey: keyOf(n),
    ...(n === BAD && { body: randomBytes(BROKER_LIMIT_BYTES + 1) }),
  }));

const ordered: Capability = {
  row: 3,
  title: 'Ordered messages',
  profile: 'plain',
  cases: [
    {
      name: 'keys whose queues were taken away from the topic go on in the queues that are left',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfFewerQueues';
        await target.createTopic(topic, 8);
        await withProducer(target, 'conf_fewer_queues', async (producer) => {
          const half = messagesOf(topic, (n) => ({ shardingKey: keyOf(n) })).slice(0, MESSAGES / 2);
          const outcomes = await send(producer, half, { onFailure: 'halt-key' });
          await target.createTopic(topic, 2);
          outcomes.push(...(await send(producer, half, { onFailure: 'halt-key' })));
          expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
          const now = outcomes.slice(half.length).flatMap((outcome) => (outcome.ok ? [outcome.queue.queueId] : []));
          expect(new Set(now)).toEqual(new Set([0, 1]));
        });
      },
    },
    {
      name: 'every sharding key has the queue that the Java client chooses, and lies there in the order of sending',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('OrderedKeys', 4);
        await withProducer(target, 'ordered_keys', async (producer) => {
          const outcomes = await send(
            producer,
            messagesOf('OrderedKeys', (n) => ({ shardingKey: keyOf(n) })),
          );
          expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
          expect(producer.metrics().lanes).toBe(0);
        });
        const byKey = await readByKey(target, 'OrderedKeys');
        const places = await target.placementOf('OrderedKeys', KEYS);
        for (const [index, key] of KEYS.entries()) {
          const place = places[index];
          if (place === undefined) throw new Error(`no place for ${key}`);
          expect(byKey.get(key)).toEqual({ places: new Set([placeOf(place)]), order: numbersOf(key) });
        }
      },
    },
    {
      name: 'a key of its own chooses the queue as a sharding key would, and keeps the order without one',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('OrderedOwnKey', 4);
        await withProducer(target, 'ordered_own_key', async (producer) => {
          const key = ({ properties }: Message<unknown>): string | undefined => properties?.['key'];
          const outcomes = await send(
            producer,
            messagesOf('OrderedOwnKey', () => ({})),
            { key },
          );
          expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
        });
        const byKey = await readByKey(target, 'OrderedOwnKey');
        const places = await target.placementOf('OrderedOwnKey', KEYS);
        for (const [index, key] of KEYS.entries()) {
          const place = places[index];
          if (place === undefined) throw new Error(`no place for ${key}`);
          expect(byKey.get(key)).toEqual({ places: new Set([placeOf(place)]), order: numbersOf(key) });
        }
      },
    },
    {
      name: 'sends of one key that are called together are stored in the order of the calls',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('OrderedSends', 4);
        await withProducer(target, 'ordered_sends', async (producer) => {
          const messages = messagesOf('OrderedSends', (n) => ({ shardingKey: keyOf(n) }));
          await Promise.all(messages.map((message) => producer.send(message)));
        });
        const byKey = await readByKey(target, 'OrderedSends');
        for (const key of KEYS) expect(byKey.get(key)?.order).toEqual(numbersOf(key));
      },
    },
    {
      name: 'under halt-key nothing of a key is stored after a message that was refused, and other keys go on',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('OrderedHalt', 4);
        await withProducer(
          target,
          'ordered_halt',
          async (producer) => {
            const outcomes = await send(producer, withOneRefused('OrderedHalt'), { onFailure: 'halt-key' });
            const failed = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome]));
            expect(failed.map(({ error, stored }) => [error.code, stored])).toEqual([
              ['RMQ_MESSAGE_REFUSED', 'no'],
              ...numbersOf('e')
                .slice(2)
                .map(() => ['RMQ_KEY_HALTED', 'no']),
            ]);
            expect(failed[1]?.error.detail).toMatchObject({ failedMsgId: failed[0]?.msgId });
          },
          tooLarge,
        );
        const byKey = await readByKey(target, 'OrderedHalt');
        for (const key of KEYS) {
          expect(byKey.get(key)?.order).toEqual(key === 'e' ? numbersOf('e').slice(0, 1) : numbersOf(key));
        }
      },
    },
    {
      name: 'under skip only the message that was refused is missing',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('OrderedSkip', 4);
        await withProducer(
          target,
          'ordered_skip',
          async (producer) => {
            const outcomes = await send(producer, withOneRefused('OrderedSkip'), { onFailure: 'skip' });
            expect(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error.code]))).toEqual([
              'RMQ_MESSAGE_REFUSED',
            ]);
          },
          tooLarge,
        );
        const byKey = await readByKey(target, 'OrderedSkip');
        for (const key of KEYS) expect(byKey.get(key)?.order).toEqual(numbersOf(key).filter((n) => n !== BAD));
      },
    },
  ],
};

export const capabilities = [ordered];
