import { DEFAULT_TOPIC, PERM, TopicTable } from '../../../src/testing/topic-table.js';

function tableWithDefault(queues: number): TopicTable {
  const table = new TopicTable();
  table.set({ topic: DEFAULT_TOPIC, readQueues: queues, writeQueues: queues, perm: PERM.readWriteInherit });
  return table;
}

test('a topic is what it was last set to', () => {
  const table = new TopicTable();
  expect(table.get('orders')).toBeUndefined();
  table.set({ topic: 'orders', readQueues: 4, writeQueues: 4, perm: 6 });
  table.set({ topic: 'orders', readQueues: 8, writeQueues: 2, perm: 4 });
  expect(table.get('orders')).toEqual({ topic: 'orders', readQueues: 8, writeQueues: 2, perm: 4 });
});

test.each([
  [8, 4, 4],
  [8, 16, 8],
  [2, 4, 2],
  [8, 0, 0],
  [8, -1, 0],
])('of a default topic with %d queues a send that asks for %d inherits %d', (has, asked, queues) => {
  const table = tableWithDefault(has);
  const created = table.inherit('orders', DEFAULT_TOPIC, asked);
  expect(created).toEqual({ topic: 'orders', readQueues: queues, writeQueues: queues, perm: PERM.readWrite });
  expect(table.get('orders')).toBe(created);
});

test('nothing is inherited from a topic that is missing or passes nothing on', () => {
  const table = tableWithDefault(8);
  table.inherit('orders', DEFAULT_TOPIC, 4);
  expect(table.inherit('more', 'orders', 4)).toBeUndefined();
  expect(table.inherit('more', 'missing', 4)).toBeUndefined();
  expect(table.get('more')).toBeUndefined();
});
