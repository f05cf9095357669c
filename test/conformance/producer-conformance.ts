/**
 * What a producer must achieve on anything that calls itself RocketMQ. The same cases run against the embedded broker and
 * against real clusters; where those differ, the embedded one is wrong. Every expectation comes from what was sent, every
 * finding from the target's own reading.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { from, lastValueFrom, toArray } from 'rxjs';
import {
  createProducer,
  type Message,
  type Producer,
  type ProducerConfig,
  SendError,
  type SendReceipt,
  toRocketMQ,
} from '../../src/index.js';
import {
  differencesFrom,
  differencesFromReceipt,
  type ReceiptFacts,
  recordOf,
  type SentRecord,
} from './sent-record.js';
import type { ConformanceTarget, StoredMessage } from './target.js';

const MIB = 1024 * 1024;
/** Of every broker of a target. */
const BROKER_LIMIT_BYTES = 4 * MIB;
const BROKERS = 2;
/** The bits of the sys flag that say with what a body was compressed; the official client keeps them after inflating. */
const COMPRESSION_BITS = 0x700;
const ZLIB = 0x300;
/** The number of an UTF-8 encoded property string that still fits its length field. */
const MAX_PROPERTIES_BYTES = 32_767;
const CASE_LIMIT_MS = 60_000;
const READ_LIMIT_MS = 10_000;

/** `target` is asked for in each case, after the hooks of whoever calls this have made it. */
export function producerConformance(target: () => ConformanceTarget): void {
  const withProducer = async (
    group: string,
    use: (producer: Producer) => Promise<void>,
    config: Partial<ProducerConfig> = {},
  ): Promise<void> => {
    const producer = createProducer({ nameServers: target().nameServers, group, ...config });
    try {
      await use(producer);
    } finally {
      await producer.shutdown();
    }
  };
  const conforms = (name: string, check: () => Promise<void>): void => test(name, check, CASE_LIMIT_MS);

  conforms('one message sent by send() is stored as it was sent, where the receipt says', async () => {
    await target().createTopic('ConfOne', 4);
    await withProducer('conf_one', async (producer) => {
      const message: Message = { topic: 'ConfOne', body: 'hello' };
      const record = recordOf(message);
      const receipt = await producer.send(message);
      expect(receipt).toMatchObject({ ok: true, status: 'SEND_OK', attempts: 1 });
      await expectStored(target(), ['ConfOne'], [{ record, receipt }]);
    });
  });

  conforms('a stream of messages with every kind of content uses all queues and is stored as it was sent', async () => {
    const queues = 4;
    await target().createTopic('ConfMany', queues);
    await withProducer('conf_many', async (producer) => {
      const sent = await streamAll(producer, contents('ConfMany'));
      const stored = await expectStored(target(), ['ConfMany'], sent);
      expect(new Set(stored.map(({ brokerName, queueId }) => `${brokerName} ${queueId}`)).size).toBe(queues * BROKERS);
    });
  });

  conforms('a large body that shrinks is stored compressed, one that does not is stored as it is', async () => {
    await target().createTopic('ConfCompress', 1);
    await withProducer('conf_compress', async (producer) => {
      const text: Message = { topic: 'ConfCompress', body: 'compress me, please. '.repeat(1000), tag: 'text' };
      const noise: Message = { topic: 'ConfCompress', body: randomBytes(20_000), tag: 'noise' };
      const short: Message = { topic: 'ConfCompress', body: 'short '.repeat(20), tag: 'short' };
      const stored = await expectStored(target(), ['ConfCompress'], await streamAll(producer, [text, noise, short]));
      const compression = new Map(
        stored.map(({ properties, sysFlag }) => [properties['TAGS'], sysFlag & COMPRESSION_BITS]),
      );
      expect(compression).toEqual(
        new Map([
          ['text', ZLIB],
          ['noise', 0],
          ['short', 0],
        ]),
      );
    });
  });

  conforms('a topic that does not exist is created by its first message', async () => {
    const topic = 'ConfAutoCreated';
    await withProducer('conf_auto', async (producer) => {
      const messages = Array.from({ length: 40 }, (_, i): Message => ({
        topic,
        body: `first ${i}`,
        keys: `auto-${i}`,
      }));
      await expectStored(target(), [topic], await streamAll(producer, messages));
    });
  });

  conforms('a sharding key puts a message into the queue where the Java client puts it', async () => {
    await target().createTopic('ConfSharding', 5);
    await withProducer('conf_sharding', async (producer) => {
      // "polygenelubricants" is the word with Java's hash -2^31, whose absolute value is negative again
      const keys = ['a', 'order-1', 'order-2', 'größe', '消息', '🚀', 'polygenelubricants', 'x'.repeat(300)];
      const messages = keys.flatMap((shardingKey): Message[] => [
        { topic: 'ConfSharding', body: 'first', shardingKey },
        { topic: 'ConfSharding', body: 'second', shardingKey },
      ]);
      const stored = await expectStored(target(), ['ConfSharding'], await streamAll(producer, messages));
      const places = await target().placementOf('ConfSharding', keys);
      const found = keys.map(
        (key) => new Set(stored.filter((copy) => copy.properties['__SHARDINGKEY'] === key).map(placeOf)),
      );
      expect(found).toEqual(places.map((place) => new Set([placeOf(place)])));
    });
  });

  conforms('a message for one queue goes to that queue', async () => {
    await target().createTopic('ConfQueue', 4);
    await withProducer('conf_queue', async (producer) => {
      const { queue: known } = await producer.send({ topic: 'ConfQueue', body: 'where is a broker?', tag: 'first' });
      const queue = { topic: 'ConfQueue', brokerName: known.brokerName, queueId: 3 };
      const messages = Array.from({ length: 8 }, (_, i): Message => ({
        topic: 'ConfQueue',
        body: `number ${i}`,
        queue,
      }));
      const sent = await streamAll(producer, messages);
      expect(sent.map(({ receipt }) => receipt?.queue)).toEqual(messages.map(() => queue));
      const stored = await target().readBack(['ConfQueue']);
      expect(stored.filter((copy) => copy.properties['TAGS'] !== 'first').map(placeOf)).toEqual(
        messages.map(() => placeOf(queue)),
      );
    });
  });

  conforms('oneway messages are stored as they were sent', async () => {
    await target().createTopic('ConfOneway', 4);
    await withProducer('conf_oneway', async (producer) => {
      const messages = contents('ConfOneway');
      const records = messages.map(recordOf);
      for (const message of messages) producer.sendOneway(message);
      await producer.flush();

      const stored = await readAtLeast(target(), ['ConfOneway'], messages.length);
      expect(stored).toHaveLength(messages.length);
      expect(new Set(stored.map((copy) => copy.msgId)).size).toBe(messages.length);
      const byKeys = new Map(stored.map((copy) => [copy.properties['KEYS'], copy]));
      const found = records.flatMap((record) => {
        const copy = byKeys.get(record.properties.get('KEYS'));
        return copy === undefined ? ['not stored'] : differencesFrom(record, copy);
      });
      expect(found).toEqual([]);
    });
  });

  conforms('waitStoreMsgOk false is passed on to the broker', async () => {
    await target().createTopic('ConfWait', 1);
    await withProducer('conf_wait', async (producer) => {
      const messages = [true, false].map((waitStoreMsgOk): Message => ({
        topic: 'ConfWait',
        body: 'wait?',
        waitStoreMsgOk,
      }));
      await expectStored(target(), ['ConfWait'], await streamAll(producer, messages));
    });
  });

  for (const header of ['json', 'binary'] as const) {
    conforms(`with ${header} headers all contents are stored as they were sent`, async () => {
      const topic = `ConfHeader-${header}`;
      await target().createTopic(topic, 2);
      const use = async (producer: Producer): Promise<void> => {
        await expectStored(target(), [topic], await streamAll(producer, contents(topic)));
      };
      await withProducer(`conf_header_${header}`, use, { header });
    });
  }

  describe('a refusal by the broker is told with its reason, and nothing is stored', () => {
    conforms('a body over the limit of the broker', async () => {
      await target().createTopic('ConfTooLarge', 1);
      const use = async (producer: Producer): Promise<void> => {
        const message: Message = { topic: 'ConfTooLarge', body: randomBytes(BROKER_LIMIT_BYTES + 1), tag: 'refused' };
        await expectRefused(producer, message, 'RMQ_MESSAGE_REFUSED');
        await expectOnlyNextStored(target(), producer, 'ConfTooLarge');
      };
      await withProducer('conf_too_large', use, { maxMessageBytes: 8 * MIB, compress: false });
    });

    conforms('properties that leave no room for those of the broker', async () => {
      await target().createTopic('ConfProperties', 1);
      await withProducer('conf_properties', async (producer) => {
        const { msgId } = await producer.send({ topic: 'ConfProperties', body: 'how long is a unique key?' });
        const own = `UNIQ_KEY=${msgId};WAIT=true;big=;`.length;
        const big = 'x'.repeat(MAX_PROPERTIES_BYTES - own);
        const message: Message = { topic: 'ConfProperties', body: 'refused', properties: { big } };
        await expectRefused(producer, message, 'RMQ_MESSAGE_REFUSED');
        const stored = await target().readBack(['ConfProperties']);
        expect(stored.map((copy) => copy.msgId)).toEqual([msgId]);
      });
    });

    conforms('a topic that may not be created', async () => {
      await target().createTopic('ConfNoTemplate', 1);
      const use = async (producer: Producer): Promise<void> => {
        await expectRefused(producer, { topic: 'ConfNeverCreated', body: 'refused' }, 'RMQ_TOPIC_MISSING');
      };
      // an ordinary topic has a route, but passes nothing on to new topics
      await withProducer('conf_not_created', use, { createTopicKey: 'ConfNoTemplate' });
    });

    conforms('a queue that no longer exists', async () => {
      await target().createTopic('ConfShrunk', 8);
      await withProducer('conf_shrunk', async (producer) => {
        const first = await producer.send({ topic: 'ConfShrunk', body: 'fetches the route' });
        await target().createTopic('ConfShrunk', 2);
        const queue = { ...first.queue, queueId: 7 };
        await expectRefused(producer, { topic: 'ConfShrunk', body: 'refused', queue }, 'RMQ_QUEUE_REFUSED');
      });
    });
  });
}

interface Sent {
  readonly record: SentRecord;
  /** Undefined when nobody confirmed. */
  readonly receipt: SendReceipt | undefined;
}

/** Messages with all kinds of content, each with a key of its own; the large ones come last. */
function contents(topic: string): Message[] {
  const small = Array.from({ length: 400 }, (_, i): Message => ({
    topic,
    body:
      i % 2 === 0 ? `Inhalt Nr. ${i}: Größe, 消息, 🚀, "quoted", back\\slash\n` : randomBytes(1 + ((i * 37) % 3000)),
    keys: i % 3 === 0 ? [`${topic}-${i}`, `second-${i}`] : `${topic}-${i}`,
    ...(i % 4 !== 0 ? { tag: i % 8 === 1 ? 'größe-标签' : `tag${i}` } : {}),
    ...(i % 5 === 0 ? { flag: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)][(i / 5) % 5] ?? 0 } : {}),
    ...(i % 3 !== 1
      ? { properties: { a: '1', 'größe-名字': '消息 🚀 with "quotes" and back\\slash', [`p${i}`]: 'x'.repeat(i + 1) } }
      : {}),
  }));
  return [
    ...small,
    { topic, body: Uint8Array.of(0), keys: `${topic}-one-byte` },
    { topic, body: 'text that compresses '.repeat(2000), keys: `${topic}-text`, properties: { a: 'b' } },
    { topic, body: randomBytes(BROKER_LIMIT_BYTES), keys: `${topic}-largest`, tag: 'largest', flag: 7 },
  ];
}

async function streamAll(producer: Producer, messages: readonly Message[]): Promise<Sent[]> {
  const records = new Map(messages.map((message) => [message, recordOf(message)]));
  const receipts = await lastValueFrom(from(messages).pipe(toRocketMQ(producer), toArray()));
  expect(receipts).toHaveLength(messages.length);
  const byMessage = new Map(receipts.map((receipt) => [receipt.message, receipt]));
  return [...records].map(([message, record]) => ({ record, receipt: byMessage.get(message) }));
}

/** Exactly these messages lie in the topics, each as recorded and where its receipt says. */
async function expectStored(
  target: ConformanceTarget,
  topics: string[],
  sent: readonly Sent[],
): Promise<StoredMessage[]> {
  const stored = await readAtLeast(target, topics, sent.length);
  expect(stored).toHaveLength(sent.length);
  const byMsgId = new Map(stored.map((copy) => [copy.msgId, copy]));
  expect(sent.flatMap(({ record, receipt }) => differencesOf(record, receipt, byMsgId))).toEqual([]);
  return stored;
}

function differencesOf(
  record: SentRecord,
  receipt: ReceiptFacts | undefined,
  byMsgId: ReadonlyMap<string, StoredMessage>,
): string[] {
  if (receipt === undefined) return ['a message has no receipt'];
  const copy = byMsgId.get(receipt.msgId);
  if (copy === undefined) return [`${receipt.msgId} is not stored`];
  return [...differencesFrom(record, copy), ...differencesFromReceipt(receipt, copy)];
}

/** What was sent without a confirmation may take a moment to lie there. */
async function readAtLeast(target: ConformanceTarget, topics: string[], count: number): Promise<StoredMessage[]> {
  const deadline = performance.now() + READ_LIMIT_MS;
  for (;;) {
    const stored = await target.readBack(topics);
    if (stored.length >= count || performance.now() > deadline) return stored;
    await delay(100);
  }
}

async function expectRefused(producer: Producer, message: Message, code: string): Promise<void> {
  const error: unknown = await producer.send(message).then(
    () => 'it was accepted',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SendError);
  expect(error).toMatchObject({ code, stored: 'no' });
}

/** The producer goes on after a refusal, and of all it sent to the topic only this is stored. */
async function expectOnlyNextStored(target: ConformanceTarget, producer: Producer, topic: string): Promise<void> {
  const message: Message = { topic, body: 'the next one' };
  const record = recordOf(message);
  await expectStored(target, [topic], [{ record, receipt: await producer.send(message) }]);
}

const placeOf = ({ brokerName, queueId }: { readonly brokerName: string; readonly queueId: number }): string =>
  `${brokerName} ${queueId}`;
