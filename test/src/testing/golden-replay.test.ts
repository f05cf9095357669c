/** Requests that the official Java client sent to real servers, sent again to embedded ones: the answers are the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFrame } from '../../../src/protocol/frame.js';
import { decodeProperties } from '../../../src/protocol/properties.js';
import { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { decodeStoredMessages } from '../../../src/protocol/stored-message.js';
import { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from '../../../src/testing/index.js';
import { copyOf, type RawAnswer, RawClient } from './raw-client.js';

interface GoldenFrame {
  readonly dir: 'c2s' | 's2c';
  readonly peer: string;
  readonly conn: number;
  readonly code: number;
  readonly opaque: number;
  readonly rawHex: string;
}

const goldenFrames = (file: string): readonly GoldenFrame[] =>
  JSON.parse(readFileSync(join(__dirname, '../../golden', `${file}.json`), 'utf8')).frames;

function received({ rawHex }: GoldenFrame): RawAnswer {
  const bytes = Buffer.from(rawHex, 'hex');
  const frame = new ReceivedFrame();
  readFrame(bytes, 0, bytes.length, frame);
  return copyOf(frame);
}

/** What must be equal: all but what is each server's own, ports, offsets and the place in its commit log. */
function essence(answer: RawAnswer | undefined): unknown {
  if (answer === undefined) return 'no answer';
  const plain = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS');
  const fields = [...answer.fields].map(([name, value]) => {
    if (name === 'msgId') return [name, value.replaceAll(/[0-9A-F]{24}(?=,|$)/g, '*')];
    return name === 'queueOffset' || name === 'offset' ? [name, value.replace(/^\d+$/, '*')] : [name, value];
  });
  const remark = plain(answer.remark ?? '');
  const body = plain(Buffer.from(answer.body ?? []).toString());
  return { ...answer, opaque: 0, remark, fields: Object.fromEntries(fields), body };
}

let cluster: EmbeddedCluster | undefined;
afterEach(() => cluster?.close());

/** With the recorded topic as it was there. */
async function start(options: EmbeddedClusterOptions): Promise<EmbeddedCluster> {
  cluster = await startEmbeddedCluster({ brokers: 2, ...options });
  cluster.createTopic('GoldenTopic', { queues: 4 });
  return cluster;
}

/** Sends the requests of a recording; returns the recorded and the embedded answer of each. */
async function replay(file: string, on: EmbeddedCluster, codes?: readonly number[]): Promise<[unknown, unknown][]> {
  const frames = goldenFrames(file);
  const pairs: [unknown, unknown][] = [];
  for (const sent of frames) {
    if (sent.dir === 's2c' || codes?.includes(sent.code) === false) continue;
    const recorded = frames.find(
      ({ dir, conn, opaque }) => dir === 's2c' && conn === sent.conn && opaque === sent.opaque,
    );
    const server = sent.peer === 'ns' ? on.nameServer : on.brokers[sent.peer === 'broker-b' ? 1 : 0];
    const client = await RawClient.connect(server?.address ?? '');
    client.sendBytes(Buffer.from(sent.rawHex, 'hex'));
    await client.settled();
    const answer = client.received.find(({ opaque }) => opaque === sent.opaque);
    pairs.push([essence(recorded && received(recorded)), essence(answer)]);
    await client.close();
  }
  return pairs;
}

const sends = ['delay-level-3', 'send-plain', 'send-batch', 'send-oneway', 'wait-store-false', 'binary-plain'];
const refusals = ['err-illegal-topic', 'err-no-permission', 'err-properties-too-large'];
const ofBoth = [...sends, ...refusals, 'heartbeat', 'route-lookup', 'route-old-form'];

test.each([
  ...[...ofBoth, 'v1-header', 'compress-zlib', 'compress-lz4', 'auto-batch', 'send-selector-sharding'].map(at('5.5.0')),
  ...['err-topic-not-exist', 'err-unknown-code', 'unregister', 'binary-heartbeat', 'namespace-v2'].map(at('5.5.0')),
  ...[...ofBoth, 'first-send-auto-create', 'send-async', 'send-to-queue'].map(at('4.9.7')),
  ...['send-plain', 'send-batch', 'compress-lz4', 'err-illegal-topic', 'heartbeat'].map(at('5.5.0-on-4.9.7')),
  ...['route-lookup', 'timer-delay-sec-ms'].map(at('5.5.0-on-4.9.7')),
])('%s', async (file) => {
  const pairs = await replay(file, await start({ release: file.includes('4.9.7') ? '4.9.7' : '5.5.0' }));
  expect(pairs.length).toBeGreaterThan(0);
  expect(pairs.map(([, embedded]) => embedded)).toEqual(pairs.map(([recorded]) => recorded));
});

function at(folder: string): (name: string) => string {
  return (name) => `${folder}/${name}`;
}

test('a batch larger than the broker takes', async () => {
  const [[recorded, embedded] = []] = await replay(
    '5.5.0/err-batch-too-large',
    await start({ maxMessageBytes: 20_000 }),
  );
  expect(embedded).toEqual(recorded);
});

test('a batch that becomes one record', async () => {
  const on = await start({});
  on.createTopic('GoldenBatchCQ', { queues: 1, queueType: 'BatchCQ' });
  const [[recorded, embedded] = []] = await replay('5.5.0/send-inner-batch', on);
  expect(embedded).toEqual(recorded);
  expect(on.messages('GoldenBatchCQ').map(({ body, queueOffset }) => `${queueOffset} ${String(body)}`)).toEqual([
    '0 inner 0',
    '1 inner 1',
    '2 inner 2',
  ]);
});

test('a queue that does not exist, and a negative one, for which the broker chooses', async () => {
  const [impossible, negative] = await replay('4.9.7/err-bad-queue', await start({ release: '4.9.7' }));
  expect(impossible?.[1]).toEqual(impossible?.[0]);
  expect(negative?.[1]).toMatchObject({ code: 0, fields: { queueId: expect.stringMatching(/^[0-3]$/) } });
});

test('offsets, and a message as it is stored', async () => {
  const on = await start({});
  const pairs = await replay('5.5.0/queries', on, [310, 30, 31]);
  expect(pairs.map(([, embedded]) => embedded)).toEqual(pairs.map(([recorded]) => recorded));

  const queried = goldenFrames('5.5.0/queries').map(received);
  const body = queried.find((frame) => frame.code === 0 && frame.body !== undefined)?.body;
  const [recorded] = decodeStoredMessages(Buffer.from(body ?? []));
  expect(recorded?.properties).toContain('CLUSTER');
  const [stored] = on.messages('GoldenTopic');
  expect(stored).toMatchObject({
    body: recorded?.body,
    flag: recorded?.flag,
    sysFlag: recorded?.sysFlag,
    bornAt: new Date(recorded?.bornAt ?? 0),
    properties: Object.fromEntries(decodeProperties(recorded?.properties ?? '')),
    queue: { topic: 'GoldenTopic', queueId: recorded?.queueId, brokerName: 'broker-a' },
  });
});
