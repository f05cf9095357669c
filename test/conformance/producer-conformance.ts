/**
 * What a producer must achieve on anything that calls itself RocketMQ, and that is no capability of the list. The same
 * cases run against the embedded broker and against real clusters; where those differ, the embedded one is wrong. Every
 * expectation comes from what was sent, every finding from the target's own reading.
 */
import { randomBytes } from 'node:crypto';
import type { Message, Producer } from '../../src/index.js';
import { contents, expectStored, placeOf, streamAll, withProducer } from './sending.js';
import type { ConformanceTarget } from './target.js';

/** The bits of the sys flag that say with what a body was compressed; the official client keeps them after inflating. */
const COMPRESSION_BITS = 0x700;
const ZLIB = 0x300;
const CASE_LIMIT_MS = 60_000;

/** `target` is asked for in each case, after the hooks of whoever calls this have made it. */
export function producerConformance(target: () => ConformanceTarget): void {
  const conforms = (name: string, check: () => Promise<void>): void => test(name, check, CASE_LIMIT_MS);

  conforms('a large body that shrinks is stored compressed, one that does not is stored as it is', async () => {
    await target().createTopic('ConfCompress', 1);
    await withProducer(target(), 'conf_compress', async (producer) => {
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
    await withProducer(target(), 'conf_auto', async (producer) => {
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
    await withProducer(target(), 'conf_sharding', async (producer) => {
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

  for (const header of ['json', 'binary'] as const) {
    conforms(`with ${header} headers all contents are stored as they were sent`, async () => {
      const topic = `ConfHeader-${header}`;
      await target().createTopic(topic, 2);
      const use = async (producer: Producer): Promise<void> => {
        await expectStored(target(), [topic], await streamAll(producer, contents(topic)));
      };
      await withProducer(target(), `conf_header_${header}`, use, { header });
    });
  }
}
