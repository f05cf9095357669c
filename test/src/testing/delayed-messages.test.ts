import { DelayedMessages } from '../../../src/testing/delayed-messages.js';
import type { NewMessage } from '../../../src/testing/message-store.js';

let delivered: string[] = [];
let delayed: DelayedMessages;

beforeEach(() => {
  jest.useFakeTimers({ now: 1_700_000_000_000 });
  delivered = [];
  delayed = new DelayedMessages((message) => delivered.push(message.properties));
  delayed.resume();
});
afterEach(() => jest.useRealTimers());

function add(name: string, inMs: number, uniqueKey?: string): void {
  const message: NewMessage = {
    topic: 'orders',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornAt: 0,
    bornPort: 0,
    reconsumeTimes: 0,
    body: Buffer.from('x'),
    properties: name,
  };
  const recall = uniqueKey === undefined ? undefined : { topic: 'orders', uniqueKey };
  delayed.add({ dueAt: Date.now() + inMs, recall, toStore: () => message });
}

test('each message is delivered when it is due and not before, whatever the order they came in', () => {
  add('late', 3000);
  add('soon', 1000);
  add('soon too', 1000);
  jest.advanceTimersByTime(999);
  expect(delivered).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(delivered).toEqual(['soon', 'soon too']);
  jest.advanceTimersByTime(2000);
  expect([delivered.at(-1), delayed.size]).toEqual(['late', 0]);
});

test('what is recalled is not delivered, and recalling nothing does nothing', () => {
  add('kept', 1000, 'K1');
  add('recalled', 1000, 'K2');
  add('a level', 1000);
  delayed.recall('orders', 'K2');
  delayed.recall('orders', 'K2');
  delayed.recall('others', 'K1');
  jest.advanceTimersByTime(1000);
  expect(delivered).toEqual(['kept', 'a level']);
});

test('a broker that is down delivers nothing, leaves no timer, and catches up', () => {
  add('due meanwhile', 1000);
  delayed.pause();
  add('added meanwhile', 500);
  expect(jest.getTimerCount()).toBe(0);
  jest.advanceTimersByTime(5000);
  expect(delivered).toEqual([]);
  delayed.resume();
  jest.advanceTimersByTime(0);
  expect(delivered).toEqual(['added meanwhile', 'due meanwhile']);
});

test('a delay longer than a timer of Node can be does not fire at once', () => {
  add('in a month', 30 * 24 * 3600 * 1000);
  jest.advanceTimersByTime(2 ** 31);
  expect(delivered).toEqual([]);
  jest.advanceTimersByTime(30 * 24 * 3600 * 1000 - 2 ** 31);
  expect(delivered).toEqual(['in a month']);
});
