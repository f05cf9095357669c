/** The compiler's part of the pipeline: a stage that is skipped, misplaced or fed with a copy does not compile. */
import { expectTypeOf } from 'expect-type';
import { filter, map, type Observable, of, pipe } from 'rxjs';
import {
  admit,
  compressBody,
  failOnError,
  fromPull,
  lookupRoute,
  type Message,
  type OnewayReceipt,
  type Open,
  partitionOutcomes,
  type Producer,
  retryExcludingBroker,
  type Routed,
  selectQueue,
  type SendFailure,
  sendMessage,
  type SendOutcome,
  type SendReceipt,
  type Settled,
  settle,
  type Targeted,
  toRocketMQ,
  validateMessage,
} from 'rx-rocketmq';

// Only compiled, never called.
function compiles(producer: Producer, messages$: Observable<Message<number>>): void {
  const attempt = pipe(selectQueue<number>(), sendMessage<number>(producer));
  const whole = messages$.pipe(
    validateMessage<number>(),
    admit<number>(producer),
    compressBody<number>(),
    lookupRoute<number>(producer),
    retryExcludingBroker<number>(attempt),
    settle<number>(),
  );
  expectTypeOf(whole).toEqualTypeOf<Observable<SendOutcome<number>>>();
  expectTypeOf(messages$.pipe(validateMessage<number>(), lookupRoute<number>(producer))).toEqualTypeOf<
    Observable<Routed<number> | Settled<number>>
  >();

  const open$ = messages$.pipe(validateMessage<number>());
  // @ts-expect-error -- messages are no envelopes: validateMessage is missing
  messages$.pipe(admit<number>(producer));
  // @ts-expect-error -- no route yet: lookupRoute is missing
  open$.pipe(selectQueue<number>());
  // @ts-expect-error -- no queue yet: selectQueue is missing
  open$.pipe(lookupRoute<number>(producer), sendMessage<number>(producer));
  // @ts-expect-error -- not settled yet: nothing was sent
  open$.pipe(lookupRoute<number>(producer), settle<number>());
  // @ts-expect-error -- an attempt begins with a route
  retryExcludingBroker<number>(sendMessage<number>(producer));
  // @ts-expect-error -- an attempt ends settled
  retryExcludingBroker<number>(selectQueue<number>());
  // @ts-expect-error -- the retry loop needs routes
  open$.pipe(retryExcludingBroker<number>(attempt));
  // @ts-expect-error -- validated twice
  open$.pipe(validateMessage<number>());
  open$.pipe(
    // @ts-expect-error -- a copy is no envelope
    map((envelope) => ({ ...envelope })),
    lookupRoute<number>(producer),
  );
  open$.pipe(
    filter((envelope) => envelope.outcome === undefined),
    lookupRoute<number>(producer),
  );
}

function outcomes(producer: Producer, messages$: Observable<Message<{ row: number }>>): void {
  expectTypeOf(messages$.pipe(toRocketMQ<{ row: number }>(producer))).toEqualTypeOf<
    Observable<SendReceipt<{ row: number }>>
  >();
  expectTypeOf(messages$.pipe(toRocketMQ<{ row: number }>(producer, { onFailure: 'result' }))).toEqualTypeOf<
    Observable<SendOutcome<{ row: number }>>
  >();
  expectTypeOf(messages$.pipe(toRocketMQ<{ row: number }>(producer, { onFailure: 'drop' }))).toEqualTypeOf<
    Observable<SendReceipt<{ row: number }>>
  >();
  expectTypeOf(messages$.pipe(toRocketMQ<{ row: number }>(producer, { mode: 'oneway' }))).toEqualTypeOf<
    Observable<OnewayReceipt<{ row: number }>>
  >();
  expectTypeOf(
    messages$.pipe(toRocketMQ<{ row: number }>(producer, { mode: 'oneway', onFailure: 'result' })),
  ).toEqualTypeOf<Observable<OnewayReceipt<{ row: number }> | SendFailure<{ row: number }>>>();
  expectTypeOf(
    messages$.pipe(toRocketMQ<{ row: number }>(producer, { onFailure: 'result' }), failOnError()),
  ).toEqualTypeOf<Observable<SendReceipt<{ row: number }>>>();
  expectTypeOf(
    partitionOutcomes(messages$.pipe(toRocketMQ<{ row: number }>(producer, { onFailure: 'result' }))),
  ).toEqualTypeOf<
    readonly [receipts: Observable<SendReceipt<{ row: number }>>, failures: Observable<SendFailure<{ row: number }>>]
  >();
  expectTypeOf(producer.sendEach<number>([{ topic: 't', body: 'b', context: 1 }])).toEqualTypeOf<
    AsyncIterableIterator<SendOutcome<number>>
  >();
  expectTypeOf(toRocketMQ<number>(producer)([{ topic: 't', body: 'b', context: 1 }])).toEqualTypeOf<
    Observable<SendReceipt<number>>
  >();
  expectTypeOf(fromPull([1, 2])).toEqualTypeOf<Observable<number>>();
  expectTypeOf(producer.send<string>({ topic: 't', body: 'b', context: 'c' })).toEqualTypeOf<
    Promise<SendReceipt<string>>
  >();
  of({ topic: 't' }).pipe(
    // @ts-expect-error -- a message has a body
    toRocketMQ(producer),
  );
  // @ts-expect-error -- there is no such option
  toRocketMQ(producer, { windows: 3 });
}

test('the state of an envelope is in its type', () => {
  expectTypeOf<Targeted<number>>().toExtend<Routed<number>>();
  expectTypeOf<Routed<number>>().toExtend<Open<number>>();
  expectTypeOf<Open<number>>().not.toExtend<Routed<number>>();
  expectTypeOf<Open<number>>().not.toExtend<Settled<number>>();
  expectTypeOf<Settled<number>>().not.toExtend<Open<number>>();
  expect([compiles, outcomes].map((compiled) => typeof compiled)).toEqual(['function', 'function']);
});
