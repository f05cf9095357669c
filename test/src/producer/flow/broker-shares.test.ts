import { LivenessTable } from '../../../../src/producer/flow/broker-liveness.js';
import { BrokerShares } from '../../../../src/producer/flow/broker-shares.js';
import { SharedLimit } from '../../../../src/producer/flow/shared-limit.js';
import { type FlowOptions, Window } from '../../../../src/producer/flow/window.js';
import type { AttemptSink, Envelope, Targeted } from '../../../../src/producer/message/envelope.js';
import { createError } from '../../../../src/errors/rocketmq-error.js';
import { Failure, Receipt } from '../../../../src/producer/message/outcome.js';
import { ProducerStatistics } from '../../../../src/producer/state/producer-statistics.js';
import { queue, routed } from '../../../operators/operator-kit.js';
import { VirtualTime } from '../../time/virtual-time.js';

const ANSWER = { status: 'SEND_OK', offsetMsgId: 'id', queueId: 0, queueOffset: 1n } as const;
const SINK = {} as AttemptSink;

/** The shares of a window of 16 messages, and attempts at brokers that respond when they are told. */
function create(options: FlowOptions = { window: 16 }, limit?: SharedLimit) {
  const time = new VirtualTime();
  const brokers = new LivenessTable();
  const share = limit?.join(() => {});
  const window = new Window(options, new ProducerStatistics(), share);
  // Full, as that of a pull source is; what a message takes of it is not looked at here.
  Object.defineProperty(window, 'inFlight', { value: options.window });
  const flowShares = () => new BrokerShares(window, brokers, time.clock);
  const shares = flowShares();
  const underWay = new Map<string, Envelope[]>();
  const begin = (brokerName: string, of = shares, mode?: 'oneway'): Envelope => {
    const envelope = Object.assign(routed(), { queue: queue(brokerName, 0), mode }) as Targeted<number>;
    of.of(brokerName).begin(envelope);
    envelope.share?.sent(envelope);
    envelope.sink = SINK;
    underWay.set(brokerName, [...(underWay.get(brokerName) ?? []), envelope]);
    return envelope;
  };
  const end = (brokerName: string, error?: Parameters<typeof createError>[0]): void => {
    const envelope = underWay.get(brokerName)?.shift();
    if (envelope === undefined) throw new Error(`nothing is under way to ${brokerName}`);
    const outcome =
      error === undefined
        ? new Receipt(envelope, queue(brokerName, 0), ANSWER, 0)
        : new Failure(envelope, { stage: 'send', error: createError(error, 'as planned') });
    envelope.share?.ended(envelope, outcome);
    envelope.sink = undefined;
  };
  /** So many messages go to the broker and are responded to, each in a turn of its own. */
  const serve = (brokerName: string, count: number): void => {
    for (let n = 0; n < count; n++) {
      begin(brokerName);
      time.advance(1);
      end(brokerName);
    }
  };
  const fill = (brokerName: string, count: number): void => {
    for (let n = 0; n < count; n++) begin(brokerName);
  };
  const mustWait = (brokerName: string, bytes = 1): boolean => shares.mustWait(shares.of(brokerName), bytes);
  return { time, brokers, shares, flowShares, begin, end, serve, fill, mustWait };
}

describe('a message that can go elsewhere', () => {
  test('passes over a broker that holds its part of the window once others responded and it did not', () => {
    const { shares, serve, fill, end } = create();
    fill('b', 7);
    serve('a', 2);
    expect(shares.mayTake('b')).toBe(true);
    fill('b', 1);
    expect([shares.mayTake('b'), shares.mayTake('a'), shares.mayTake('never used')]).toEqual([false, true, true]);
    end('b');
    expect(shares.mayTake('b')).toBe(true);
  });

  test('goes to a broker that holds nearly all of the window, as long as it responds as often as the others', () => {
    const { shares, serve, fill, end, begin } = create();
    fill('b', 14);
    for (let n = 0; n < 100; n++) {
      serve('a', 1);
      expect(shares.mayTake('b')).toBe(true);
      end('b');
      begin('b');
    }
  });

  test('does so however many there are, as long as there is one broker only', () => {
    const { shares, fill, serve, end } = create();
    fill('b', 16);
    for (let n = 0; n < 8; n++) end('b', 'RMQ_ATTEMPT_TIMEOUT');
    expect(shares.mayTake('b')).toBe(true);
    serve('b', 1);
    expect(shares.mayTake('b')).toBe(true);
  });

  test('passes over a silent broker, but for a probe in half a second, whatever it holds', () => {
    const { shares, serve, begin, end, time } = create();
    begin('b');
    serve('a', 102);
    expect(shares.mayTake('b')).toBe(true);
    begin('b');
    expect(shares.mayTake('b')).toBe(false);
    time.advance(500);
    expect(shares.mayTake('b')).toBe(true);
    end('b');
    expect(shares.mayTake('b')).toBe(true);
  });

  test.each<[what: string, options: FlowOptions, limit: SharedLimit | undefined]>([
    ['bytes of the window', { window: 1000, windowBytes: 2 * 8 * 40 }, undefined],
    ['messages of the limit over all flows', { window: 16 }, new SharedLimit({ messages: 8, bytes: undefined })],
  ])('a part is also a part of the %s', (_, options, limit) => {
    const { shares, serve, fill } = create(options, limit);
    fill('b', 12);
    serve('a', 125);
    expect(shares.mayTake('b')).toBe(false);
  });
});

describe('a message that can go nowhere else', () => {
  test('waits only where those that do not respond would leave others less than half a part', () => {
    const { mustWait, serve, fill } = create();
    fill('b', 10);
    serve('a', 5);
    expect(mustWait('b')).toBe(false);
    fill('b', 1);
    expect([mustWait('b'), mustWait('a')]).toEqual([true, false]);
  });

  test('waits also where two that do not respond hold the window together', () => {
    const { mustWait, serve, fill } = create();
    fill('b', 6);
    fill('c', 6);
    serve('a', 5);
    expect([mustWait('b'), mustWait('c')]).toEqual([false, false]);
    fill('c', 1);
    expect([mustWait('b'), mustWait('c'), mustWait('a')]).toEqual([true, true, false]);
  });

  test('does not wait within the turn of the event loop in which the others responded', () => {
    const { mustWait, begin, end, fill, time } = create();
    fill('b', 14);
    for (let n = 0; n < 8; n++) begin('a');
    time.advance(1);
    for (let n = 0; n < 8; n++) end('a');
    expect(mustWait('b')).toBe(false);
  });

  test('waits for a silent broker, but for a probe in half a second', () => {
    const { mustWait, serve, begin, time } = create();
    begin('b');
    serve('a', 102);
    expect(mustWait('b')).toBe(false);
    begin('b');
    expect(mustWait('b')).toBe(true);
    time.advance(500);
    expect(mustWait('b')).toBe(false);
  });

  test('waits in the order of those of its broker, and is forgotten where it waits no longer', () => {
    const { shares, serve, begin, end } = create();
    begin('b');
    serve('a', 102);
    begin('b');
    const [first, second] = [1, 2].map((n) => Object.assign(routed(n), { queue: queue('b', 0) }) as Envelope);
    const proceed = (): void => {};
    for (const one of [first, second]) if (one !== undefined) shares.addWaiting(shares.of('b'), one, proceed);
    expect([shares.hasWaiting, shares.nextReady()]).toEqual([true, undefined]);
    end('b');
    expect(shares.nextReady()).toEqual([first, proceed]);
    for (const one of [first, first, second]) if (one !== undefined) shares.removeWaiting(one);
    expect([shares.hasWaiting, shares.nextReady()]).toEqual([false, undefined]);
  });
});

test('what is told to one flow of a producer is known to all', () => {
  const { shares, flowShares, begin, serve } = create();
  begin('b');
  serve('a', 102);
  begin('b');
  const other = flowShares();
  other.of('a');
  other.of('b');
  expect([shares.mayTake('b'), other.mayTake('b')]).toEqual([false, false]);
});

test('oneway messages are held too, and nobody owes them a response', () => {
  const { brokers, shares, begin, serve } = create();
  for (let n = 0; n < 8; n++) begin('b', shares, 'oneway');
  serve('a', 300);
  expect([shares.mayTake('b'), brokers.of('b').isSilent]).toEqual([false, false]);
});

test('what is stuck is held by brokers that lag or are silent', () => {
  const { shares, serve, fill, end } = create();
  fill('b', 3);
  expect(shares.stuck).toBe(0);
  serve('a', 3);
  expect(shares.stuck).toBe(3);
  end('b');
  expect(shares.stuck).toBe(0);
});

test('a message that is targeted again leaves the share it had', () => {
  const { shares, begin } = create();
  const envelope = begin('b');
  shares.of('a').begin(envelope);
  expect([shares.of('a').held, shares.of('b').held, shares.of('b').heldBytes]).toEqual([1, 0, 0]);
});

test('a broker that nobody has used for a minute takes no part any more', () => {
  const { shares, serve, fill, time } = create();
  serve('gone', 1);
  time.advance(60_001);
  fill('b', 5);
  serve('a', 2);
  expect(shares.mayTake('b')).toBe(true);
  fill('b', 3);
  expect(shares.mayTake('b')).toBe(false);
});
