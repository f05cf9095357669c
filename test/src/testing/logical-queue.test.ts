import { firstOffset, lastOf, logicalQueueOf, stretchesOf } from '../../../src/testing/logical-queue.js';
import { placeLogicalQueues } from '../../../src/testing/static-topic.js';
import { brokerOf, fill } from './handler-kit.js';

test('a queue of an ordinary topic is one stretch that begins at 0', () => {
  const broker = brokerOf();
  expect(stretchesOf(broker, 'orders', 3)).toEqual([
    { brokerName: 'broker-a', store: broker.store, queueId: 3, begins: 0 },
  ]);
});

test('a queue of a static topic is known by the place of each of its stretches', () => {
  const brokers = [brokerOf(), { ...brokerOf(), name: 'broker-b' }];
  placeLogicalQueues('fixed', ['broker-a', 'broker-b'], brokers);
  placeLogicalQueues('fixed', ['broker-a', 'broker-a'], brokers);
  const of = (brokerName: string, queueId: number): unknown =>
    logicalQueueOf(brokers, 'fixed', { brokerName, queueId });
  expect([of('broker-a', 0), of('broker-b', 0), of('broker-a', 1), of('broker-b', 1)]).toEqual([
    { queueId: 0, begins: 0 },
    { queueId: 1, begins: 0 },
    { queueId: 1, begins: 10_000 },
    undefined,
  ]);
  expect(logicalQueueOf(brokers, 'orders', { brokerName: 'broker-a', queueId: 0 })).toBeUndefined();
});

test('a queue of batches has no beginning before it has a message', () => {
  const broker = brokerOf();
  const [stretch] = stretchesOf(broker, 'orders', 0) ?? [];
  if (stretch === undefined) throw new Error('no queue');
  expect([firstOffset(stretch, 'orders', undefined), firstOffset(stretch, 'orders', 'BatchCQ')]).toEqual([0, -1]);
  fill(broker, 1);
  expect(firstOffset(stretch, 'orders', 'BatchCQ')).toBe(0);
  expect(lastOf([stretch, { ...stretch, begins: 7 }]).begins).toBe(7);
});
