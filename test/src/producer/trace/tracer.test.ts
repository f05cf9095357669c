import type { EndTransactionContext } from '../../../../src/producer/hooks/end-context.js';
import type { SendReceipt } from '../../../../src/producer/message/outcome.js';
import type { SendContext } from '../../../../src/producer/hooks/send-context.js';
import type { TraceRecord } from '../../../../src/producer/trace/trace-outbox.js';
import { Tracer } from '../../../../src/producer/trace/tracer.js';

const NOW = 1_795_187_652_799;

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const CONTEXT: SendContext = {
  group: 'group',
  message: { topic: 'orders', body: 'body' },
  msgId: 'ID',
  queue: { topic: 'orders', brokerName: 'broker-a', queueId: 0 },
  address: '127.0.0.1:10911',
  attempt: 1,
  mode: 'confirm',
  kind: 'normal',
  bodyBytes: 4,
};
const RECEIPT = { regionId: 'Region', offsetMsgId: 'OFFSET', status: 'SEND_OK' } as SendReceipt;
const END: EndTransactionContext = {
  group: 'group',
  message: { topic: 'orders', body: 'body', tag: 'tag', keys: ['k1', 'k2'] },
  topic: 'orders',
  msgId: 'ID',
  transactionId: 'TX',
  resolution: 'rollback',
  reason: undefined,
  isFromCheck: true,
  brokerName: 'broker-a',
  address: '127.0.0.1:10911',
};
const RECALL = { group: 'group', topic: 'orders', msgId: 'ID', regionId: 'Region', isRecalled: true };

function setUp() {
  const records: TraceRecord[] = [];
  const tracer = new Tracer('Traces', { add: (record) => void records.push(record) });
  const texts = (): string[] => records.map(({ text }) => text.replaceAll('\u0001', '|').replace('\u0002', ''));
  return { tracer, records, texts };
}

test('a send is told with the time of its attempt, and found by the keys of its message', () => {
  const { tracer, records, texts } = setUp();
  const message = { ...CONTEXT.message, tag: 'tag', keys: ['k1', 'k2'] };
  tracer.sent({ ...CONTEXT, message, kind: 'delay' }, RECEIPT, 1000, 1.4);
  expect(texts()).toEqual(['Pub|1000|Region|group|orders|ID|tag|k1 k2|127.0.0.1:10911|4|1|3|OFFSET|true']);
  expect(records).toMatchObject([{ topic: 'orders', msgId: 'ID', keys: 'k1 k2' }]);
});

test.each([{ tag: '', keys: '' }, { keys: [] }, {}])('what is empty is not there: %j', (labels) => {
  const { tracer, records, texts } = setUp();
  tracer.sent({ ...CONTEXT, message: { ...CONTEXT.message, ...labels } }, RECEIPT, 1000, 0);
  expect(texts()[0]).toContain('|ID|null|null|');
  expect(records[0]?.keys).toBeUndefined();
});

test('a status that is not quite OK is no success', () => {
  const { tracer, texts } = setUp();
  tracer.sent(CONTEXT, { ...RECEIPT, status: 'FLUSH_DISK_TIMEOUT' }, 1000, 0);
  expect(texts()[0]).toMatch(/\|false$/);
});

test('the end of a transaction is told with the time it is told at', () => {
  const { tracer, records, texts } = setUp();
  tracer.ended(END, 'Region');
  expect(texts()).toEqual([
    `EndTransaction|${NOW}|Region|group|orders|ID|tag|k1 k2|127.0.0.1:10911|2|TX|ROLLBACK_MESSAGE|true`,
  ]);
  expect(records).toMatchObject([{ topic: 'orders', msgId: 'ID', keys: 'k1 k2' }]);
});

test('also of one whose message cannot be read', () => {
  const { tracer, records, texts } = setUp();
  tracer.ended({ ...END, message: undefined }, 'Region');
  expect(texts()[0]).toContain('|orders|ID|null|null|');
  expect(records[0]?.keys).toBeUndefined();
});

test('a recall is told with what came of it', () => {
  const { tracer, records, texts } = setUp();
  for (const isRecalled of [true, false]) tracer.recalled({ ...RECALL, isRecalled });
  expect(texts()).toEqual([true, false].map((is) => `Recall|${NOW}|Region|group|orders|ID|${is}`));
  expect(records[0]).toMatchObject({ topic: 'orders', msgId: 'ID', keys: undefined });
});

test.each([undefined, ''])('a broker that names no region (%j) is in the default one', (regionId) => {
  const { tracer, texts } = setUp();
  tracer.sent(CONTEXT, { ...RECEIPT, regionId }, 1000, 0);
  tracer.ended(END, regionId);
  tracer.recalled({ ...RECALL, regionId });
  expect(texts().map((text) => text.split('|')[2])).toEqual(['DefaultRegion', 'DefaultRegion', 'DefaultRegion']);
});

test('what goes to the trace topic itself is not traced', () => {
  const { tracer, records } = setUp();
  for (const topic of ['Traces', 'Traces_2']) {
    tracer.sent({ ...CONTEXT, message: { topic, body: '' } }, RECEIPT, 1000, 0);
    tracer.ended({ ...END, topic }, 'Region');
    tracer.recalled({ ...RECALL, topic });
  }
  expect(records).toEqual([]);
});
