/**
 * How much brokers take, to the byte: requests as no client of ours writes them, and what brokers answer. The same table
 * holds the embedded brokers and real ones.
 */
import { encodeBatchBody } from '../../src/protocol/batch-body.js';
import type { ReleaseName } from '../../src/testing/index.js';
import { type RawAnswer, RawClient, sendFields } from '../src/testing/raw-client.js';
import { BROKER_LIMIT_BYTES } from './sending.js';
import type { ConformanceTarget } from './target.js';

const CASE_LIMIT_MS = 60_000;
const TOPIC = 'ConfLimits';
const UNIQUE_KEY = `UNIQ_KEY\u0001${'0'.repeat(32)}\u0002`;
const WAIT = 'WAIT\u0001true\u0002';
const BODY = Buffer.from('x');

interface Limit {
  readonly what: string;
  /** Of the header, by their short names. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: () => Uint8Array;
  /** The code of the answer; undefined: it is not asked. */
  readonly answered: Readonly<Record<ReleaseName, number | undefined>>;
  readonly remark?: Readonly<Record<ReleaseName, RegExp>>;
}

const both = (code: number): Limit['answered'] => ({ '5.5.0': code, '4.9.7': code });

/** So many bytes of properties as they are sent, of ASCII. */
const properties = (bytes: number, first = UNIQUE_KEY): string =>
  `${first}p\u0001${'x'.repeat(bytes - first.length - 3)}\u0002`;
const topic = (length: number): string => 'ConfLimits'.padEnd(length, 'x');
const filled = (bytes: number) => (): Uint8Array => Buffer.alloc(bytes, 1);
/** A batch of one message, of so many bytes. */
const batch = (bytes: number) => (): Uint8Array => {
  const emptyBytes = encodeBatchBody([{ flag: 0, body: BODY, properties: UNIQUE_KEY }]).length - BODY.length;
  return encodeBatchBody([{ flag: 0, body: Buffer.alloc(bytes - emptyBytes, 1), properties: UNIQUE_KEY }]);
};
const asBatch = { i: WAIT, m: 'true' };

// Brokers add to the properties of a single message and store 32 767 bytes at most: 5.5.0 adds CLUSTER, MSG_REGION and
// TRACE_ON (62 bytes here) and a unique key where there is none (42); 4.9.7 adds CLUSTER and drops WAIT.
const limits: readonly Limit[] = [
  { what: 'the largest body', body: filled(BROKER_LIMIT_BYTES), answered: both(0) },
  {
    what: 'the largest body beside many properties',
    fields: { i: properties(32_000) },
    body: filled(BROKER_LIMIT_BYTES),
    answered: both(0),
  },
  {
    what: 'a body of one byte more',
    body: filled(BROKER_LIMIT_BYTES + 1),
    answered: both(13),
    remark: { '5.5.0': /^the message is illegal/, '4.9.7': /^the message is illegal/ },
  },
  { what: 'the largest batch', fields: asBatch, body: batch(BROKER_LIMIT_BYTES), answered: both(0) },
  {
    what: 'a batch of one byte more',
    fields: asBatch,
    body: batch(BROKER_LIMIT_BYTES + 1),
    answered: { '5.5.0': 1, '4.9.7': 13 },
    remark: {
      '5.5.0': /^java\.lang\.RuntimeException: message body size exceeded/,
      '4.9.7': /^the message is illegal/,
    },
  },
  { what: 'a topic of 127 characters', fields: { b: topic(127) }, answered: both(0) },
  {
    what: 'a topic of 128 characters',
    fields: { b: topic(128) },
    answered: { '5.5.0': 29, '4.9.7': 1 },
    remark: { '5.5.0': /is longer than topic max length: 127/, '4.9.7': /is longer than topic max length\./ },
  },
  { what: '32 705 bytes of properties', fields: { i: properties(32_705) }, answered: both(0) },
  { what: '32 706 bytes of properties', fields: { i: properties(32_706) }, answered: { '5.5.0': 13, '4.9.7': 0 } },
  { what: '32 745 bytes of properties', fields: { i: properties(32_745) }, answered: { '5.5.0': 13, '4.9.7': 0 } },
  { what: '32 746 bytes of properties', fields: { i: properties(32_746) }, answered: both(13) },
  {
    what: '32 755 bytes of properties with WAIT among them',
    fields: { i: properties(32_755, UNIQUE_KEY + WAIT) },
    answered: { '5.5.0': 13, '4.9.7': 0 },
  },
  {
    what: '32 756 bytes of properties with WAIT among them',
    fields: { i: properties(32_756, UNIQUE_KEY + WAIT) },
    answered: both(13),
  },
  {
    what: '32 663 bytes of properties without a unique key',
    fields: { i: properties(32_663, '') },
    answered: both(0),
  },
  {
    what: '32 664 bytes of properties without a unique key',
    fields: { i: properties(32_664, '') },
    answered: { '5.5.0': 13, '4.9.7': 0 },
  },
  {
    // 4.9.7 takes it too, and stores a record that no consumer gets past.
    what: 'a message of a batch with 32 767 bytes of properties',
    fields: asBatch,
    body: () => encodeBatchBody([{ flag: 0, body: BODY, properties: properties(32_767) }]),
    answered: { '5.5.0': 0, '4.9.7': undefined },
  },
];

/** `target` is asked for in each case, after the hooks of whoever calls this have made it. */
export function brokerLimits(release: ReleaseName, target: () => ConformanceTarget): void {
  const cases = limits.filter(({ answered }) => answered[release] !== undefined);
  let client: RawClient | undefined;
  beforeAll(async () => {
    await target().createTopic(TOPIC, 1);
    const [address] = target().brokers.values();
    client = await RawClient.connect(address ?? '');
  }, CASE_LIMIT_MS);
  afterAll(() => client?.close());
  const send = ({ fields = {}, body = () => BODY }: Limit): Promise<RawAnswer> | undefined =>
    client?.request('m' in fields ? 'SEND_BATCH_MESSAGE' : 'SEND_MESSAGE_V2', {
      fields: sendFields({ b: TOPIC, i: UNIQUE_KEY, ...fields }),
      body: body(),
    });

  test.each(cases.map((limit) => [limit.what, limit.answered[release], limit] as const))(
    '%s: answered %d',
    async (_, code, limit) => {
      const answer = await send(limit);
      expect(answer).toMatchObject({ code });
      if (limit.remark !== undefined) expect(answer?.remark).toMatch(limit.remark[release]);
    },
    CASE_LIMIT_MS,
  );
}
