import type { Message } from '../../../src/producer/message.js';
import type { SendReceipt } from '../../../src/producer/outcome.js';
import type { SendContext } from '../../../src/producer/send-context.js';
import { Tracer } from '../../../src/producer/tracer.js';
import { silentLogger } from '../../../src/observe/logger.js';
import { VirtualTime } from '../time/virtual-time.js';

const TRACE_TOPIC = 'Traces';

function setUp(batch = 3) {
  const time = new VirtualTime();
  const sent: { message: Message; succeed: () => void; fail: () => void }[] = [];
  let dropped = 0;
  const tracer = new Tracer({
    topic: TRACE_TOPIC,
    batch,
    clock: time.clock,
    logger: silentLogger,
    send: (message) =>
      new Promise<void>((resolve, reject) => {
        sent.push({ message, succeed: resolve, fail: () => reject(new Error('no broker')) });
      }),
    onDropped: (records) => {
      dropped += records;
    },
  });
  let number = 0;
  const record = (message: Partial<Message> = {}, receipt: Partial<SendReceipt> = {}): void => {
    const msgId = `ID${number++}`;
    const sentMessage: Message = { topic: 'orders', body: 'body', ...message };
    const context: SendContext = {
      group: 'group',
      message: sentMessage,
      msgId,
      queue: { topic: 'orders', brokerName: 'broker-a', queueId: 0 },
      address: '127.0.0.1:10911',
      attempt: 1,
      mode: 'confirm',
      kind: 'normal',
      bodyBytes: 4,
    };
    const answer = { regionId: 'Region', offsetMsgId: 'OFFSET', status: 'SEND_OK', ...receipt } as SendReceipt;
    tracer.record(context, answer, 1000, 1.4);
  };
  const records = (): number[] => sent.map(({ message }) => String(message.body).split('\u0002').length - 1);
  return { time, sent, tracer, record, records, dropped: () => dropped };
}

/** Lets promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a record is what the encoder makes of it, found by id and keys', () => {
  const { tracer, record, sent } = setUp();
  record({ tag: 'tag', keys: ['k1', 'k2'] });
  record({ keys: 'k2 k3', tag: '' });
  tracer.flush();
  expect(sent).toHaveLength(1);
  const [{ message }] = sent as [(typeof sent)[0]];
  expect(message).toMatchObject({ topic: TRACE_TOPIC, keys: 'ID0 k1 k2 ID1 k3' });
  expect(String(message.body).replaceAll('\u0001', '|').split('\u0002')).toEqual([
    'Pub|1000|Region|group|orders|ID0|tag|k1 k2|127.0.0.1:10911|4|1|0|OFFSET|true',
    'Pub|1000|Region|group|orders|ID1|null|k2 k3|127.0.0.1:10911|4|1|0|OFFSET|true',
    '',
  ]);
});

test('a full batch leaves in the next turn, what is left after a second', () => {
  const { time, record, records } = setUp(3);
  for (let i = 0; i < 4; i++) record();
  expect(records()).toEqual([]);
  time.advance(0);
  expect(records()).toEqual([3, 1]);
  record();
  time.advance(999);
  expect(records()).toEqual([3, 1]);
  time.advance(1);
  expect(records()).toEqual([3, 1, 1]);
  expect(time.timers).toBe(0);
});

test('what has no region, and what goes to the trace topic itself, is not traced; a weak status is no success', () => {
  const { tracer, record, sent } = setUp();
  record({}, { regionId: undefined });
  record({ topic: TRACE_TOPIC });
  record({ topic: `${TRACE_TOPIC}_2` });
  tracer.flush();
  expect(sent).toEqual([]);
  record({}, { status: 'FLUSH_DISK_TIMEOUT' });
  tracer.flush();
  expect(String(sent[0]?.message.body)).toMatch(/\u0001false\u0002$/);
});

test('records of several topics go in messages of their own', () => {
  const { tracer, record, records } = setUp(10);
  for (const topic of ['a', 'b', 'a', 'b', 'a']) record({ topic });
  tracer.flush();
  expect(records()).toEqual([3, 2]);
});

test('no message becomes too large, nor do its keys', () => {
  const { tracer, record, sent, records } = setUp(100);
  for (let i = 0; i < 4; i++) record({ keys: `${i}`.repeat(3000) });
  record({ keys: 'x'.repeat(30_000) });
  tracer.flush();
  expect(records()).toEqual([2, 3]);
  for (const { message } of sent) expect(String(message.keys).length).toBeLessThanOrEqual(8000);
  expect(String(sent[1]?.message.keys).endsWith(' ID4')).toBe(true);
  expect(String(sent[1]?.message.body)).toContain('x'.repeat(30_000));
});

test('eight messages are on their way at most; what cannot wait is dropped and counted', async () => {
  const { time, record, sent, dropped } = setUp(1);
  for (let i = 0; i < 8 + 2048 + 5; i++) {
    record();
    if (i < 8) time.advance(0);
  }
  time.advance(10_000);
  expect(sent).toHaveLength(8);
  expect(dropped()).toBe(5);
  sent[0]?.succeed();
  await settled();
  time.advance(0);
  expect(sent).toHaveLength(9);
});

test('records with long keys are bounded by their size, too', () => {
  const { record, dropped, time } = setUp(100);
  time.advance(0);
  for (let i = 0; i < 99; i++) record({ keys: 'k'.repeat(50_000) });
  expect(dropped()).toBeGreaterThan(10);
});

test('messages that fail are counted, and the next ones are sent', async () => {
  const { tracer, record, sent, dropped } = setUp(2);
  record();
  record();
  tracer.flush();
  sent[0]?.fail();
  await settled();
  expect(dropped()).toBe(2);
  record();
  tracer.flush();
  expect(sent).toHaveLength(2);
});

test('closing drops what waits and leaves no timer', () => {
  const { time, tracer, record, sent, dropped } = setUp();
  record();
  expect(time.timers).toBe(1);
  tracer.close();
  expect([dropped(), time.timers]).toEqual([1, 0]);
  time.advance(5000);
  expect(sent).toEqual([]);
});
