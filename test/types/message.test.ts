/** The compiler's part of a message: names that other clients use do not compile, also where nobody looks for extra fields. */
import { map, of } from 'rxjs';
import { type Message, type Producer, requestReply, toRocketMQ } from 'rx-rocketmq';

// Only compiled, never called.
function compiles(producer: Producer): void {
  const body = 'x';
  const topic = 'orders';
  const rows$ = of({ id: 1 });

  void producer.send({ topic, body, tag: 'a', context: 7 });
  rows$.pipe(
    map(({ id }) => ({ topic, body, keys: String(id), context: id })),
    toRocketMQ(producer),
  );

  // @ts-expect-error Java: tag
  rows$.pipe(map(() => ({ topic, body, tags: 'a' })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error Kafka: keys or shardingKey
  rows$.pipe(map(({ id }) => ({ topic, body, key: String(id) })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error Kafka: properties
  rows$.pipe(map(() => ({ topic, body, headers: { a: 'b' } })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error Kafka: body
  rows$.pipe(map(() => ({ topic, body, value: 'x' })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error a member of delivery
  rows$.pipe(map(() => ({ topic, body, delayMs: 5 })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error Java: delivery: { delayLevel }
  rows$.pipe(map(() => ({ topic, body, delayTimeLevel: 3 })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error gRPC: shardingKey
  rows$.pipe(map(() => ({ topic, body, messageGroup: 'a' })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error Java: properties
  rows$.pipe(map(() => ({ topic, body, userProperties: { a: 'b' } })), toRocketMQ(producer)); // prettier-ignore
  // @ts-expect-error also as a request
  rows$.pipe(map(() => ({ topic, body, tags: 'a' })), requestReply(producer)); // prettier-ignore

  const row = { topic, body, tags: 'a' };
  // @ts-expect-error also as a variable
  void producer.send(row);
  // @ts-expect-error also in a batch
  void producer.sendBatch([row]);
  // @ts-expect-error also from an iterable
  void producer.sendEach([row]);
  // @ts-expect-error also oneway
  producer.sendOneway(row);
  // @ts-expect-error a mistyped name, where the object is written out
  const mistyped: Message = { topic, body, shardingkey: 'a' };
  void mistyped;
}

test('the wrong names do not compile, also inside map()', () => {
  expect(compiles).toBeInstanceOf(Function);
});
