/** The compiler's part of the pipeline: a stage that is skipped, misplaced or fed with a copy does not compile. */
import { expectTypeOf } from 'expect-type';
import { filter, map, type Observable, of, pipe } from 'rxjs';
import {
  admit,
  compressBody,
  createFlowGate,
  failOnError,
  fromPull,
  lookupRoute,
  type Message,
  type OnewayReceipt,
  type OnFailure,
  type Open,
  partitionOutcomes,
  type Producer,
  retryExcludingBroker,
  type Routed,
  selectQueue,
  type SendFailure,
  type SendOperator,
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

interface Row {
  readonly row: number;
}

/** Nobody has to say what the context of a message is: it goes through from the source to the outcome. */
function infers(producer: Producer, messages$: Observable<Message<Row>>, rows: readonly Message<Row>[]): void {
  expectTypeOf(messages$.pipe(toRocketMQ(producer))).toEqualTypeOf<Observable<SendReceipt<Row>>>();
  expectTypeOf(messages$.pipe(toRocketMQ(producer, { onFailure: 'result' }))).toEqualTypeOf<
    Observable<SendOutcome<Row>>
  >();
  expectTypeOf(messages$.pipe(toRocketMQ(producer, { onFailure: 'delay-error' }))).toEqualTypeOf<
    Observable<SendReceipt<Row>>
  >();
  expectTypeOf(messages$.pipe(toRocketMQ(producer, { mode: 'oneway' }))).toEqualTypeOf<
    Observable<OnewayReceipt<Row>>
  >();
  expectTypeOf(messages$.pipe(toRocketMQ(producer, { mode: 'oneway', onFailure: 'result' }))).toEqualTypeOf<
    Observable<OnewayReceipt<Row> | SendFailure<Row>>
  >();
  expectTypeOf(fromPull(rows).pipe(toRocketMQ(producer))).toEqualTypeOf<Observable<SendReceipt<Row>>>();
  expectTypeOf(of({ topic: 't', body: 'b' }).pipe(toRocketMQ(producer))).toEqualTypeOf<
    Observable<SendReceipt<undefined>>
  >();
  expectTypeOf(of({ topic: 't', body: 'b', context: { row: 1 } }).pipe(toRocketMQ(producer))).toEqualTypeOf<
    Observable<SendReceipt<{ row: number }>>
  >();
  expectTypeOf(
    messages$.pipe(
      map((message) => ({ ...message, tag: 'mapped' })),
      toRocketMQ(producer),
      map((receipt) => receipt.context.row),
    ),
  ).toEqualTypeOf<Observable<number>>();
  expectTypeOf(messages$.pipe(toRocketMQ(producer, { onFailure: 'result' }), failOnError())).toEqualTypeOf<
    Observable<SendReceipt<Row>>
  >();
  expectTypeOf(partitionOutcomes(messages$.pipe(toRocketMQ(producer, { onFailure: 'result' })))[1]).toEqualTypeOf<
    Observable<SendFailure<Row>>
  >();
  // So do the functions among the options.
  messages$.pipe(
    toRocketMQ(producer, {
      ordered: { key: (message) => String(message.context?.row) },
      deadLetter: { next: (failure) => expectTypeOf(failure).toEqualTypeOf<SendFailure<Row>>() },
    }),
  );
  expectTypeOf(producer.sendEach(rows)).toEqualTypeOf<AsyncIterableIterator<SendOutcome<Row>>>();
  expectTypeOf(producer.sendEach(messages$)).toEqualTypeOf<AsyncIterableIterator<SendOutcome<Row>>>();
  expectTypeOf(producer.send({ topic: 't', body: 'b', context: { row: 1 } })).toEqualTypeOf<
    Promise<SendReceipt<{ row: number }>>
  >();
  expectTypeOf(
    messages$.pipe(
      validateMessage(),
      admit(producer),
      compressBody(),
      lookupRoute(producer),
      retryExcludingBroker(pipe(selectQueue(), sendMessage(producer))),
      settle(),
    ),
  ).toEqualTypeOf<Observable<SendOutcome<Row>>>();
  // An operator that is called without pipe() cannot know what it will be given: it has to be told.
  expectTypeOf(toRocketMQ<Row>(producer)(rows)).toEqualTypeOf<Observable<SendReceipt<Row>>>();
  // @ts-expect-error -- or its messages have no context
  toRocketMQ(producer)(rows);
}

/** Stages in another order than theirs, without type arguments too. */
function misplaces(producer: Producer, messages$: Observable<Message<Row>>): void {
  const open$ = messages$.pipe(validateMessage());
  const settled$ = open$.pipe(lookupRoute(producer), retryExcludingBroker(pipe(selectQueue(), sendMessage(producer))));
  // @ts-expect-error -- admit takes envelopes
  messages$.pipe(admit(producer), validateMessage());
  // @ts-expect-error -- compressBody takes envelopes
  messages$.pipe(compressBody());
  // @ts-expect-error -- lookupRoute takes envelopes
  messages$.pipe(lookupRoute(producer));
  // @ts-expect-error -- a message without a route has no queue
  open$.pipe(admit(producer), compressBody(), selectQueue());
  // @ts-expect-error -- sendMessage needs a queue
  open$.pipe(lookupRoute(producer), sendMessage(producer));
  // @ts-expect-error -- an envelope that was only admitted has no outcome
  open$.pipe(admit(producer), settle());
  // @ts-expect-error -- outcomes are no envelopes: settled twice
  settled$.pipe(settle(), settle());
  // @ts-expect-error -- outcomes are no messages: sent twice
  messages$.pipe(toRocketMQ(producer), toRocketMQ(producer));
  // @ts-expect-error -- envelopes are no messages
  open$.pipe(toRocketMQ(producer));
  // @ts-expect-error -- envelopes are no outcomes: settle is missing
  settled$.pipe(failOnError());
  // @ts-expect-error -- messages are no outcomes
  partitionOutcomes(messages$);
  settled$.pipe(
    // @ts-expect-error -- a look-alike is no envelope
    map(({ message, context, outcome }) => ({ message, context, outcome })),
    settle(),
  );
}

function options(producer: Producer, onFailure: OnFailure, until: AbortSignal): void {
  // What is known only at run time is typed for all it may be.
  expectTypeOf(toRocketMQ<Row>(producer, { onFailure })).toEqualTypeOf<SendOperator<Message<Row>, SendOutcome<Row>>>();
  toRocketMQ(producer, { until, signal: until, gate: createFlowGate({ window: 'auto' }), window: 'auto' });
  // @ts-expect-error -- a number or 'auto'
  toRocketMQ(producer, { window: '5' });
  // @ts-expect-error -- no such mode
  toRocketMQ(producer, { onFailure: 'ignore' });
  // @ts-expect-error -- no such order
  toRocketMQ(producer, { results: 'sorted' });
  // @ts-expect-error -- no such policy
  toRocketMQ(producer, { buffer: { onOverflow: 'drop' } });
  // @ts-expect-error -- an Observable or a signal
  toRocketMQ(producer, { until: 1000 });
  // @ts-expect-error -- its signal, not the controller
  toRocketMQ(producer, { signal: new AbortController() });
  // @ts-expect-error -- made by createFlowGate
  toRocketMQ(producer, { gate: { isOpen: true } });
  // @ts-expect-error -- further attempts, or false
  toRocketMQ(producer, { retry: true });
  // @ts-expect-error -- a queue, not its number
  toRocketMQ(producer, { selectQueue: () => 1 });
  // @ts-expect-error -- an observer of failures
  toRocketMQ(producer, { deadLetter: (failure: SendFailure) => failure });
}

test('the state of an envelope is in its type', () => {
  expectTypeOf<Targeted<number>>().toExtend<Routed<number>>();
  expectTypeOf<Routed<number>>().toExtend<Open<number>>();
  expectTypeOf<Open<number>>().not.toExtend<Routed<number>>();
  expectTypeOf<Open<number>>().not.toExtend<Settled<number>>();
  expectTypeOf<Settled<number>>().not.toExtend<Open<number>>();
  const compiled = [compiles, outcomes, infers, misplaces, options];
  expect(new Set(compiled.map((one) => typeof one))).toEqual(new Set(['function']));
});
