import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeProperties } from '../../../src/protocol/properties.js';
import { formatOffsetMsgId } from '../../../src/protocol/offset-msg-id.js';
import type { StoredMessage } from '../../../src/protocol/stored-message.js';
import { MessageStore, type NewMessage } from '../../../src/testing/message-store.js';

const storeHost = { host: '127.0.0.1', port: 10911 };
const newStore = (storeBodies = true): MessageStore => new MessageStore({ storeHost: () => storeHost, storeBodies });

const message = (changes: Partial<NewMessage> = {}): NewMessage => ({
  topic: 'orders',
  queueId: 0,
  flag: 0,
  sysFlag: 0,
  bornAt: 1_700_000_000_000,
  bornPort: 5555,
  reconsumeTimes: 0,
  body: Buffer.from('body'),
  properties: encodeProperties([['UNIQ_KEY', 'K']]),
  ...changes,
});

test('what is read is what was stored', () => {
  const store = newStore();
  const before = Date.now();
  const properties = encodeProperties([['KEYS', 'ключ 🔑']]);
  const sent = message({ queueId: 2, flag: -5, sysFlag: 0x301, bornPort: 65_535, reconsumeTimes: 3, properties });
  const { queueOffset, offsetMsgId } = store.append(sent);
  const [stored] = store.read('orders', 2, 0, 1, 1000).messages;
  expect(stored).toEqual({
    topic: 'orders',
    queueId: 2,
    queueOffset: BigInt(queueOffset),
    commitLogOffset: 0n,
    flag: -5,
    sysFlag: 0x301,
    bornAt: 1_700_000_000_000,
    bornHost: { host: '127.0.0.1', port: 65_535 },
    storedAt: expect.any(Number),
    storeHost,
    reconsumeTimes: 3,
    preparedTransactionOffset: 0n,
    body: Buffer.from('body'),
    properties,
  });
  expect(stored?.storedAt).toBeGreaterThanOrEqual(before);
  expect(offsetMsgId).toBe(formatOffsetMsgId({ ...storeHost, commitLogOffset: 0n }));
});

test('it keeps copies', () => {
  const store = newStore();
  const body = Buffer.from('before');
  store.append(message({ body }));
  body.fill('x');
  expect(store.read('orders', 0, 0, 1, 100).messages[0]?.body.toString()).toBe('before');
});

test('offsets count up by one in each queue of each topic, ids in all of them together', () => {
  const store = newStore();
  const queues = [0, 1, 0, 0, 1, 5];
  const places = queues.map((queueId) => store.append(message({ queueId })));
  const other = store.append(message({ topic: 'bills' }));
  expect(places.map((place) => place.queueOffset)).toEqual([0, 0, 1, 2, 1, 0]);
  expect(other.queueOffset).toBe(0);
  const ids = [...places, other].map((place) => place.offsetMsgId);
  expect(ids).toEqual([...new Set(ids)].toSorted());
  expect([0, 1, 2, 5, 6].map((queueId) => store.length('orders', queueId))).toEqual([3, 2, 0, 1, 0]);
  expect([store.count('orders'), store.count('bills'), store.count('missing')]).toEqual([6, 1, 0]);
  const stored = [...store.messages('orders')];
  expect(stored.map(({ queueId, queueOffset }) => [queueId, queueOffset])).toEqual([
    [0, 0n],
    [0, 1n],
    [0, 2n],
    [1, 0n],
    [1, 1n],
    [5, 0n],
  ]);
  const storedIds = stored.map(({ commitLogOffset }) => formatOffsetMsgId({ ...storeHost, commitLogOffset }));
  expect(storedIds.toSorted()).toEqual(ids.slice(0, -1));
});

test('commit log offsets grow by the size of a stored message on a real broker', () => {
  const store = newStore();
  store.append(message());
  store.append(message({ body: Buffer.alloc(100), properties: 'ä' }));
  store.append(message());
  const offsets = Array.from(store.messages('orders'), ({ commitLogOffset }) => Number(commitLogOffset));
  const first = 91 + 'orders'.length + 4 + 'UNIQ_KEY_K_'.length;
  expect(offsets).toEqual([0, first, first + 91 + 'orders'.length + 100 + 2]);
});

test('without bodies it keeps the unique keys', () => {
  const store = newStore(false);
  const properties = encodeProperties([
    ['KEYS', 'many words'],
    ['UNIQ_KEY', 'K'],
    ['TAGS', 't'],
  ]);
  store.append(message({ properties }));
  store.append(message({ properties: '' }));
  const stored = [...store.messages('orders')];
  expect(stored.map(({ body }) => body.length)).toEqual([0, 0]);
  expect(stored.map((one) => one.properties)).toEqual([encodeProperties([['UNIQ_KEY', 'K']]), '']);
  expect(store.length('orders', 0)).toBe(2);
});

test('whoever listens is told of each message', () => {
  const store = newStore();
  const heard: StoredMessage[] = [];
  store.append(message());
  const listening = store.stored$.subscribe((stored) => heard.push(stored));
  store.append(message({ body: Buffer.from('second') }));
  listening.unsubscribe();
  store.append(message());
  expect(heard.map(({ queueOffset, body }) => [queueOffset, body.toString()])).toEqual([[1n, 'second']]);
});

test('many messages are bytes outside the heap, not objects', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const heapAfter = (count: number): number => {
    for (let i = 0; i < count; i++) store.append(one);
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const store = newStore();
  const one = message();
  const before = heapAfter(1000);
  // The smallest object there is has 16 bytes or more.
  expect(heapAfter(200_000) - before).toBeLessThan(200_000 * 8);
  expect(store.count('orders')).toBe(201_000);
});
