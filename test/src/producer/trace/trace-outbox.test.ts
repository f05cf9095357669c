import { silentLogger } from '../../../../src/observe/logger.js';
import type { Message } from '../../../../src/producer/message/message.js';
import { MAX_TRACE_BYTES, TraceOutbox, type TraceRecord } from '../../../../src/producer/trace/trace-outbox.js';
import { VirtualTime } from '../../time/virtual-time.js';

const TRACE_TOPIC = 'Traces';

function setUp(batch = 3) {
  const time = new VirtualTime();
  const sent: { message: Message; succeed: () => void; fail: () => void }[] = [];
  let dropped = 0;
  const outbox = new TraceOutbox({
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
  const add = (record: Partial<TraceRecord> = {}): void => {
    const msgId = `ID${number++}`;
    outbox.add({ topic: 'orders', msgId, keys: undefined, text: `${msgId}.`, ...record });
  };
  const records = (): number[] => sent.map(({ message }) => String(message.body).split('.').length - 1);
  return { time, sent, outbox, add, records, dropped: () => dropped };
}

/** Lets promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('records are put behind each other, and found by all their ids and keys', () => {
  const { outbox, add, sent } = setUp();
  add({ keys: 'k1 k2' });
  add({ keys: 'k2 k3' });
  add();
  outbox.flush();
  expect(sent.map(({ message }) => message)).toEqual([
    { topic: TRACE_TOPIC, body: 'ID0.ID1.ID2.', keys: 'ID0 k1 k2 ID1 k3 ID2' },
  ]);
});

test('what waits is bounded in bytes, keys included', () => {
  const { add, dropped } = setUp(10_000);
  // 700 of them are more than 4 MiB, and fewer than may wait.
  for (let i = 0; i < 700; i++) add({ keys: 'k'.repeat(7000) });
  expect(dropped()).toBe(700 - 598);
});

test('a full batch leaves in the next turn, what is left after a second', () => {
  const { time, add, records } = setUp(3);
  for (let i = 0; i < 4; i++) add();
  expect(records()).toEqual([]);
  time.advance(0);
  expect(records()).toEqual([3, 1]);
  add();
  time.advance(999);
  expect(records()).toEqual([3, 1]);
  time.advance(1);
  expect(records()).toEqual([3, 1, 1]);
  expect(time.timers).toBe(0);
});

test('records of several topics go in messages of their own', () => {
  const { outbox, add, records } = setUp(10);
  for (const topic of ['a', 'b', 'a', 'b', 'a']) add({ topic });
  outbox.flush();
  expect(records()).toEqual([3, 2]);
});

test('no message becomes too large, in bytes', () => {
  const { outbox, add, sent, records } = setUp(100);
  const half = `${'€'.repeat(MAX_TRACE_BYTES / 6)}.`;
  for (const text of [half, half, 'small.', half]) add({ text });
  outbox.flush();
  expect(records()).toEqual([2, 2]);
  for (const { message } of sent) expect(Buffer.byteLength(String(message.body))).toBeLessThanOrEqual(MAX_TRACE_BYTES);
});

test('nor do its keys; what has too many is found by its id alone', () => {
  const { outbox, add, sent, records } = setUp(100);
  for (let i = 0; i < 4; i++) add({ keys: `${i}`.repeat(3000) });
  add({ keys: 'x'.repeat(30_000) });
  outbox.flush();
  expect(records()).toEqual([2, 3]);
  for (const { message } of sent) expect(String(message.keys).length).toBeLessThanOrEqual(8000);
  expect(String(sent[1]?.message.keys).endsWith(' ID4')).toBe(true);
});

test('eight messages are on their way at most; what cannot wait is dropped and counted', async () => {
  const { time, add, sent, dropped } = setUp(1);
  for (let i = 0; i < 8 + 2048 + 5; i++) {
    add();
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

test('what waits is bounded by its size, too, and there is room again when it was sent', () => {
  const { outbox, add, dropped, records } = setUp(100);
  const text = `${'k'.repeat(99_999)}.`;
  for (let i = 0; i < 42; i++) add({ text });
  expect(dropped()).toBe(1);
  outbox.flush();
  expect(records()).toHaveLength(41);
  for (let i = 0; i < 41; i++) add({ text });
  expect(dropped()).toBe(1);
});

test('messages that fail are counted, and the next ones are sent', async () => {
  const { outbox, add, sent, dropped } = setUp(2);
  add();
  add();
  outbox.flush();
  sent[0]?.fail();
  await settled();
  expect(dropped()).toBe(2);
  add();
  outbox.flush();
  expect(sent).toHaveLength(2);
});

test('closing drops what waits, and what comes later, and leaves no timer', () => {
  const { time, outbox, add, sent, dropped } = setUp();
  add();
  expect(time.timers).toBe(1);
  outbox.close();
  expect([dropped(), time.timers]).toEqual([1, 0]);
  add();
  expect([dropped(), time.timers]).toEqual([2, 0]);
  time.advance(5000);
  expect(sent).toEqual([]);
});
