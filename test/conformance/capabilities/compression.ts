/** Row 7: bodies compressed with each codec, what comes out of them again, and which size a broker looks at. */
import { createHash } from 'node:crypto';
import { from, lastValueFrom, toArray } from 'rxjs';
import { createProducer, type CompressOptions, type Message, toRocketMQ } from '../../../src/index.js';
import { BODY_KINDS, sampleBody } from '../../src/protocol/sample-bodies.js';
import type { Capability, CapabilityCase } from '../capability.js';
import {
  BROKER_LIMIT_BYTES,
  expectOnlyNextStored,
  expectRefused,
  expectStored,
  MIB,
  type Sent,
  withProducer,
} from '../sending.js';
import { recordOf } from '../sent-record.js';

type Codec = NonNullable<CompressOptions['codec']>;

const SYS_FLAGS: Readonly<Record<Codec, number>> = { zlib: 0x301, lz4: 0x101, zstd: 0x201 };
/** What is compressed in the event loop, what elsewhere, what is as large as a broker takes. */
const SIZES = [1, 100, 4095, 4096, 20_000, MIB, BROKER_LIMIT_BYTES];

const bodies = (): readonly { name: string; body: Buffer }[] =>
  BODY_KINDS.flatMap((kind) => SIZES.map((size) => ({ name: `${kind}-${size}`, body: sampleBody(kind, size) })));

/** Readers take the lowest bit away, and leave the type. */
const TYPE_BITS = 0x700;
/** Random bytes do not get smaller; neither do some very small bodies, and all of these go as they are. */
const typesOf = (name: string, codec: Codec): readonly number[] => {
  const type = SYS_FLAGS[codec] & TYPE_BITS;
  if (name.startsWith('random') || name.endsWith('-1')) return [0];
  return name.endsWith('-100') ? [0, type] : [type];
};

/** All bodies through one producer, and what the target reads back of them. */
async function roundTrip(target: Parameters<CapabilityCase['run']>[0], codec: Codec, level: number): Promise<void> {
  const topic = `ConfCompress_${codec}_${level}`;
  await target.createTopic(topic, 2);
  await withProducer(
    target,
    `conf_compress_${codec}_${level}`,
    async (producer) => {
      const sent: Sent[] = [];
      for (const { name, body } of bodies()) {
        const message: Message = { topic, body, keys: name };
        sent.push({ record: recordOf(message), receipt: await producer.send(message, { timeoutMs: 20_000 }) });
      }
      const stored = await expectStored(target, [topic], sent);
      const wrong = stored.filter(
        ({ sysFlag, properties }) => !typesOf(properties['KEYS'] ?? '', codec).includes(sysFlag & TYPE_BITS),
      );
      expect(wrong).toEqual([]);
    },
    { compress: { overBytes: 1, codec, level } },
  );
}

const compression: Capability = {
  row: 7,
  title: 'Compression',
  profile: 'plain',
  cases: [
    {
      name: 'bodies of every kind and size come back from zlib as they were',
      shows: 'success',
      limitMs: 120_000,
      run: (target) => roundTrip(target, 'zlib', 5),
    },
    {
      name: 'bodies of every kind and size come back from LZ4 as they were',
      shows: 'success',
      limitMs: 120_000,
      run: (target) => roundTrip(target, 'lz4', 5),
    },
    {
      name: 'bodies of every kind and size come back from zstd as they were',
      shows: 'success',
      limitMs: 120_000,
      run: (target) => roundTrip(target, 'zstd', 5),
    },
    {
      name: 'a stream takes codec and level of its own',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfCompressStream', 2);
        await withProducer(target, 'conf_compress_stream', async (producer) => {
          const message: Message = { topic: 'ConfCompressStream', body: sampleBody('json', 50_000) };
          const record = recordOf(message);
          const settings: (CompressOptions | false)[] = [
            { codec: 'zstd', level: 19 },
            { codec: 'zlib', level: 1 },
            false,
          ];
          const sent: Sent[] = [];
          for (const compress of settings) {
            const sending = from([message]).pipe(toRocketMQ(producer, { compress }), toArray());
            const [receipt] = await lastValueFrom(sending);
            sent.push({ record, receipt });
          }
          const stored = await expectStored(target, ['ConfCompressStream'], sent);
          const byMsgId = new Map(stored.map(({ msgId, sysFlag }) => [msgId, sysFlag & TYPE_BITS]));
          expect(sent.map(({ receipt }) => byMsgId.get(receipt?.msgId ?? ''))).toEqual([0x200, 0x300, 0]);
        });
      },
    },
    {
      name: 'a body over the limit of the broker is stored where it is compressed below it',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfCompressOver', 2);
        for (const codec of ['zlib', 'lz4', 'zstd'] as const) {
          await withProducer(
            target,
            'conf_compress_over',
            async (producer) => {
              const message: Message = {
                topic: 'ConfCompressOver',
                tag: codec,
                body: sampleBody('json', 2 * BROKER_LIMIT_BYTES),
              };
              await producer.send(message, { timeoutMs: 20_000 });
            },
            { maxMessageBytes: 8 * MIB, compress: { codec } },
          );
        }
        const stored = await target.readBack(['ConfCompressOver']);
        const sha256 = createHash('sha256')
          .update(sampleBody('json', 2 * BROKER_LIMIT_BYTES))
          .digest('hex');
        const found = new Map(stored.map(({ properties: { TAGS }, bodySha256 }) => [TAGS, bodySha256]));
        expect(Object.fromEntries(found)).toEqual({ zlib: sha256, lz4: sha256, zstd: sha256 });
      },
    },
    {
      name: 'a body that stays over the limit of the broker is refused, whatever the codec',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfCompressLimit', 1);
        const body = sampleBody('random', BROKER_LIMIT_BYTES + 1);
        for (const codec of ['zlib', 'lz4', 'zstd'] as const) {
          await withProducer(
            target,
            'conf_compress_limit',
            (producer) => expectRefused(producer, { topic: 'ConfCompressLimit', body }, 'RMQ_MESSAGE_REFUSED'),
            { maxMessageBytes: 8 * MIB, compress: { codec }, sendTimeoutMs: 20_000 },
          );
        }
        await withProducer(target, 'conf_compress_limit', (producer) =>
          expectOnlyNextStored(target, producer, 'ConfCompressLimit'),
        );
      },
    },
    {
      name: 'a body over maxMessageBytes is refused here, although it would be small enough compressed',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfCompressOwn', 1);
        await withProducer(target, 'conf_compress_own', async (producer) => {
          const body = Buffer.alloc(BROKER_LIMIT_BYTES + 1, 'a');
          await expectRefused(producer, { topic: 'ConfCompressOwn', body }, 'RMQ_MESSAGE_TOO_LARGE');
          await expectOnlyNextStored(target, producer, 'ConfCompressOwn');
        });
      },
    },
    {
      name: 'a codec that there is not is refused before anything is opened',
      shows: 'refusal',
      run: async ({ nameServers }) => {
        const config: object = { nameServers, group: 'conf_compress_codec', compress: { codec: 'gzip' } };
        expect(() => Reflect.apply(createProducer, undefined, [config])).toThrow(
          expect.objectContaining({ code: 'RMQ_CONFIG_INVALID', message: expect.stringContaining('compress.codec') }),
        );
      },
    },
  ],
};

export const capabilities: readonly Capability[] = [compression];
