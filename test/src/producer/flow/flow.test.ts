import { Subject } from 'rxjs';
import { createError } from '../../../../src/errors/rocketmq-error.js';
import { silentLogger } from '../../../../src/observe/logger.js';
import type { AttemptSink, Envelope, Sequel, Targeted } from '../../../../src/producer/message/envelope.js';
import { LivenessTable } from '../../../../src/producer/flow/broker-liveness.js';
import { type AdmissionDesk, Flow, type FlowSetup } from '../../../../src/producer/flow/flow.js';
import { Failure, type SendFailure, type SendReceipt } from '../../../../src/producer/message/outcome.js';
import type { ProducerEvent } from '../../../../src/producer/state/producer-event.js';
import { ProducerStatistics } from '../../../../src/producer/state/producer-statistics.js';
import { DeadlineSweep } from '../../../../src/time/deadline-sweep.js';
import type { KeepAlive } from '../../../../src/time/keep-alive.js';
import { open, queue, ROUTE } from '../../../operators/operator-kit.js';
import { failAttempt, succeed } from '../../../operators/outcome-kit.js';
import { VirtualTime } from '../../time/virtual-time.js';

function createFlow(options: FlowSetup = {}) {
  const time = new VirtualTime();
  const statistics = new ProducerStatistics();
  const events: ProducerEvent[] = [];
  const events$ = new Subject<ProducerEvent>();
  events$.subscribe((event) => events.push(event));
  const told = { done: 0, alive: 0 };
  const keepAlive = { acquire: () => told.alive++, release: () => told.alive-- } as unknown as KeepAlive;
  const flow = new Flow(
    {
      timeoutMs: 3000,
      clock: time.clock,
      sweep: new DeadlineSweep(time.clock),
      keepAlive,
      statistics,
      events: events$,
      logger: silentLogger,
      brokers: new LivenessTable(),
    },
    options,
    () => told.done++,
  );
  const take = (n: number): Envelope => {
    const envelope = open(n);
    flow.adopt(envelope);
    flow.tryAdmit(envelope);
    return envelope;
  };
  return { time, statistics, events, told, flow, take };
}

const stopped = createError('RMQ_CLOSED', 'stopped');
const resolved = async (promise: Promise<void>): Promise<boolean> => {
  let isSo = false;
  void promise.then(() => (isSo = true));
  await new Promise(setImmediate);
  return isSo;
};

/** A sequel that does nothing by itself, and writes down what it is told. */
class Pending implements Sequel {
  readonly told: string[] = [];
  begin(_envelope: Envelope, receipt: SendReceipt): void {
    this.told.push(`begin ${receipt.status}`);
  }
  expired(envelope: Envelope): void {
    this.told.push('expired');
    succeed(envelope);
  }
  ended(envelope: Envelope): void {
    this.told.push(`ended ${String(envelope.outcome?.ok)}`);
  }
}

/** Broker b owes a response, and broker a has responded for so long that b is silent. */
function withSilentBroker(options: FlowSetup = {}) {
  const set = createFlow(options);
  const at = (envelope: Envelope, brokerName: string): Targeted =>
    Object.assign(envelope, { route: ROUTE, queue: queue(brokerName, 0) }) as Targeted;
  const attempt = (envelope: Envelope): void => {
    set.flow.shareOf(envelope as Targeted).begin(envelope);
    envelope.share?.sent(envelope);
    envelope.sink = SINK;
  };
  let taken = 0;
  const send = (brokerName: string): Envelope => {
    const envelope = set.take(++taken);
    attempt(at(envelope, brokerName));
    return envelope;
  };
  const owed = send('broker-b');
  for (let ms = 0; ms <= 130; ms += 10) {
    succeed(send('broker-a'));
    set.time.advance(10);
  }
  const probe = send('broker-b');
  /** Is bound to broker b, and goes there when it may. */
  const bound = (): { readonly envelope: Envelope; readonly waits: boolean } => {
    const envelope = at(set.take(++taken), 'broker-b');
    envelope.holder = HOLDER;
    return { envelope, waits: set.flow.waitForBroker(envelope, () => attempt(envelope)) };
  };
  return { ...set, send, owed, probe, bound };
}

const SINK = {} as AttemptSink;
const HOLDER = { stage: 'select', released: () => {} } as const;

describe('a message that is bound to a broker that does not respond', () => {
  test('waits without a slot, and is sent when the broker responds', () => {
    const { flow, statistics, owed, bound } = withSilentBroker({ window: 4 });
    const { envelope, waits } = bound();
    expect([waits, envelope.isAdmitted, envelope.sink]).toEqual([true, false, undefined]);
    expect(statistics).toMatchObject({ inFlight: 2, buffered: 1 });
    flow.refill();
    expect(envelope.isAdmitted).toBe(false);
    succeed(owed);
    flow.refill();
    expect([envelope.isAdmitted, envelope.sink]).toEqual([true, SINK]);
    expect(statistics).toMatchObject({ inFlight: 2, buffered: 0 });
  });

  test('does not close the gate, as long as there is room to wait, and keeps its slot where there is none', () => {
    const { flow, bound } = withSilentBroker({ window: 8, buffer: { messages: 2 } });
    expect([bound().waits, flow.isOpen]).toEqual([true, true]);
    expect([bound().waits, flow.isOpen]).toEqual([true, false]);
    const last = bound();
    expect([last.waits, last.envelope.isAdmitted]).toEqual([false, true]);
  });

  test('leaves the place to wait that a pull source may need for what it has read', () => {
    const { flow, bound } = withSilentBroker({ window: 8, buffer: { messages: 2 } });
    flow.addSource();
    expect([bound().waits, bound().waits]).toEqual([true, false]);
  });

  test('is probed in time, although nothing else happens', () => {
    const { bound, time } = withSilentBroker({ timeoutMs: 60_000 });
    const { envelope } = bound();
    time.advance(600);
    expect(envelope.sink).toBe(SINK);
  });

  test('fails as not stored when its time is over, whatever ends at that moment too, and names the broker', () => {
    const { bound, time, statistics, flow } = withSilentBroker({ timeoutMs: 400 });
    const all = [bound(), bound(), bound()].map(({ envelope }) => envelope);
    for (const envelope of all) envelope.holder = { stage: 'select', released: () => flow.refill() };
    time.advance(1000);
    for (const { outcome } of all) {
      expect(outcome).toMatchObject({
        ok: false,
        stored: 'no',
        error: { code: 'RMQ_DEADLINE', message: expect.stringContaining('broker-b, which does not respond') },
      });
    }
    expect(statistics.buffered).toBe(0);
  });

  test.each<[how: string, stop: (flow: Flow) => unknown]>([
    ['unsubscribe', (flow) => flow.abandon()],
    ['the failure that ends the stream', (flow) => flow.drainAdmitted()],
    ['a signal', (flow) => flow.abort('abort', stopped)],
  ])('is not sent any more after %s', (_, stop) => {
    const { flow, owed, bound } = withSilentBroker();
    const waiting = [bound(), bound()].map(({ envelope }) => envelope);
    // What ends first makes room for the next.
    for (const envelope of waiting) envelope.holder = { stage: 'select', released: () => flow.refill() };
    stop(flow);
    succeed(owed);
    flow.refill();
    expect(waiting.map(({ sink, outcome }) => [sink, outcome?.ok])).toEqual(waiting.map(() => [undefined, false]));
  });

  test('that is dropped to make room may still be stored by an attempt before', () => {
    const { flow, bound } = withSilentBroker();
    const { envelope } = bound();
    envelope.addFailedAttempt(createError('RMQ_ATTEMPT_TIMEOUT', 'no answer'));
    flow.overflow(envelope, 'dropped');
    expect(envelope.outcome).toMatchObject({ stored: 'maybe', error: { code: 'RMQ_DROPPED' } });
  });
});

test('what is sent while others are ended by their time is not ended with them', () => {
  const { flow, time, take } = createFlow({ window: 1, timeoutMs: 1000 });
  const [first, second] = [take(1), open(2)];
  flow.adopt(second);
  second.expiresAt = 1000;
  flow.tryBuffer(second);
  first.holder = {
    stage: 'route',
    released: () => {
      flow.unbuffer(second);
      flow.tryAdmit(second);
      second.sink = SINK;
    },
  };
  time.advance(1100);
  expect([first.outcome?.ok, second.outcome]).toEqual([false, undefined]);
});

describe('a message with a sequel', () => {
  function stored() {
    const set = createFlow({ window: 1 });
    const envelope = set.take(1);
    const sequel = new Pending();
    envelope.sequel = sequel;
    set.time.advance(100);
    succeed(envelope);
    return { ...set, envelope, sequel };
  }

  test('keeps its slot when it is stored, and gives it back once, when the sequel ends it', () => {
    const { envelope, sequel, flow, statistics, told } = stored();
    expect([envelope.outcome, sequel.told]).toEqual([undefined, ['begin SEND_OK']]);
    expect(statistics).toMatchObject({ inFlight: 1, sent: 0 });
    expect([flow.isIdle, flow.pressure.open, told.alive]).toEqual([false, false, 1]);
    succeed(envelope);
    expect(statistics).toMatchObject({ inFlight: 0, sent: 1, strays: 0 });
    expect(sequel.told).toEqual(['begin SEND_OK', 'ended true']);
    succeed(envelope);
    expect(statistics).toMatchObject({ inFlight: 0, sent: 1, strays: 1 });
    expect(told.alive).toBe(0);
  });

  test('has the latency of its send, however long the sequel takes', () => {
    const { envelope, statistics, time } = stored();
    time.advance(2000);
    succeed(envelope);
    expect(statistics.snapshot().latencyMs.max).toBeLessThan(150);
  });

  test('is not ended by the deadline of the message, but may end itself then', () => {
    const { time, sequel, envelope, statistics } = stored();
    time.advance(5000);
    expect(sequel.told).toEqual(['begin SEND_OK', 'expired', 'ended true']);
    expect([envelope.outcome?.ok, statistics.inFlight]).toEqual([true, 0]);
  });

  test('that is abandoned goes on; one that is aborted may be stored, and its sequel learns of it', () => {
    const left = stored();
    left.flow.abandon();
    expect([left.envelope.outcome, left.told.done]).toEqual([undefined, 0]);
    succeed(left.envelope);
    expect([left.envelope.outcome?.ok, left.told.done]).toEqual([true, 1]);
    const aborted = stored();
    aborted.flow.abort('shutdown', stopped);
    expect(aborted.envelope.outcome).toMatchObject({ ok: false, stage: 'shutdown', stored: 'maybe' });
    expect(aborted.sequel.told).toEqual(['begin SEND_OK', 'ended false']);
    succeed(aborted.envelope);
    expect(aborted.statistics).toMatchObject({ inFlight: 0, failed: 1, sent: 0, strays: 1 });
  });

  test('is not tried again when its sequel fails', () => {
    const { envelope, sequel } = stored();
    envelope.judge = { finalFailure: () => undefined, again: () => {}, leave: () => {} };
    failAttempt(envelope);
    expect(envelope.outcome).toMatchObject({ ok: false });
    expect(sequel.told.at(-1)).toBe('ended false');
  });

  test('that was never stored only hears of its end', () => {
    const { take } = createFlow();
    const envelope = take(1);
    const sequel = new Pending();
    envelope.sequel = sequel;
    failAttempt(envelope);
    expect([envelope.outcome?.ok, sequel.told]).toEqual([false, ['ended false']]);
  });
});

describe('a message in a flow', () => {
  test('is settled once: what comes second is a stray', () => {
    const { flow, take, statistics } = createFlow();
    const envelope = take(1);
    succeed(envelope);
    failAttempt(envelope);
    expect(envelope.outcome).toMatchObject({ ok: true });
    expect(statistics).toMatchObject({ sent: 1, failed: 0, strays: 1, inFlight: 0 });
    expect(flow.isIdle).toBe(true);
  });

  test('tells its listener, dead letter and statistics, even with nobody subscribed', () => {
    const dead: SendFailure[] = [];
    const { take, statistics, flow } = createFlow({ deadLetter: { next: (failure) => dead.push(failure) } });
    const heard: unknown[] = [];
    const envelope = take(1);
    envelope.listener = { settled: (outcome) => heard.push(outcome) };
    flow.abandon();
    expect(heard).toEqual([envelope.outcome]);
    expect(dead).toEqual([envelope.outcome]);
    expect(statistics).toMatchObject({ failed: 1, inFlight: 0, inFlightBytes: 0 });
  });

  test('keeps the process alive until it is settled', () => {
    const { take, told } = createFlow();
    const [one, two] = [take(1), take(2)];
    expect(told.alive).toBe(1);
    succeed(two);
    expect(told.alive).toBe(1);
    succeed(one);
    expect(told.alive).toBe(0);
    succeed(take(3));
    expect(told.alive).toBe(0);
  });

  test('starts its time with its slot, unless its caller had started it', () => {
    const { take, time, flow } = createFlow();
    time.advance(500);
    expect(take(1).expiresAt).toBe(3500);
    const promised = open(2);
    promised.expiresAt = 700;
    flow.adopt(promised);
    flow.tryAdmit(promised);
    expect(promised).toMatchObject({ expiresAt: 700, startedAt: 500 });
  });

  test('is asked of its retry loop only after a failed attempt, and not once the flow is abandoned', () => {
    const { take, flow } = createFlow();
    const [one, two, three] = [take(1), take(2), take(3)];
    const asked: unknown[] = [];
    for (const envelope of [one, two, three]) {
      envelope.judge = {
        finalFailure(judged) {
          asked.push(judged.context);
          return undefined;
        },
        again() {},
        leave() {},
      };
      envelope.sink = { answered() {}, handedOver() {}, failed() {} };
    }
    failAttempt(one);
    expect([one.outcome, one.attemptFailure?.stage]).toEqual([undefined, 'send']);
    flow.settle(two, new Failure(two, { stage: 'abort', error: stopped }));
    expect(two.outcome).toMatchObject({ stage: 'abort' });
    flow.abandon();
    failAttempt(three);
    expect(three.outcome).toMatchObject({ stage: 'send' });
    expect(asked).toEqual([1]);
  });
});

describe('the gate of a flow', () => {
  test('is closed by a full window, by full bytes, and while something waits', () => {
    const { flow, take } = createFlow({ window: 2 });
    take(1);
    expect(flow.isOpen).toBe(true);
    const two = take(2);
    expect(flow.isOpen).toBe(false);
    succeed(two);
    expect(flow.isOpen).toBe(true);
    const waiting = open(3);
    flow.tryBuffer(waiting);
    expect(flow.isOpen).toBe(false);
    flow.unbuffer(waiting);
    expect(flow.isOpen).toBe(true);
    const bytes = createFlow({ windowBytes: 1 });
    bytes.take(1);
    expect(bytes.flow.isOpen).toBe(false);
  });

  test('calls each waiting source back once, as long as there is room', () => {
    const { flow, take } = createFlow({ window: 1 });
    const one = take(1);
    const resumed: string[] = [];
    flow.whenOpen(() => {
      resumed.push('a');
      take(2);
    });
    flow.whenOpen(() => resumed.push('b'));
    flow.refill();
    expect(resumed).toEqual([]);
    succeed(one);
    flow.refill();
    expect(resumed).toEqual(['a']);
    flow.refill();
    expect(resumed).toEqual(['a']);
  });

  test('forgets the waiting sources when it will never open again', () => {
    const { flow } = createFlow({ window: 1 });
    const resumed: string[] = [];
    flow.whenOpen(() => resumed.push('before'));
    flow.closeAdmission();
    flow.whenOpen(() => resumed.push('after'));
    flow.refill();
    expect([resumed, flow.isOpen]).toEqual([[], false]);
  });

  test('a re-entrant refill is absorbed, and looked after', () => {
    const { flow } = createFlow();
    let depth = 0;
    let looks = 0;
    const desk: AdmissionDesk = {
      admitWaiting() {
        expect(++depth).toBe(1);
        if (looks++ < 3) flow.refill();
        depth--;
      },
      closeAdmission() {},
    };
    flow.serve(desk);
    flow.refill();
    expect(looks).toBe(4);
  });
});

describe('flush', () => {
  test('waits for what was handed in before it, and for nothing later', async () => {
    const { flow, take } = createFlow();
    const [one, two] = [take(1), take(2)];
    const flushed = flow.flush();
    const later = take(3);
    succeed(one);
    expect(await resolved(flushed)).toBe(false);
    succeed(two);
    expect(await resolved(flushed)).toBe(true);
    expect(later.outcome).toBeUndefined();
    expect(await resolved(createFlow().flow.flush())).toBe(true);
  });
});

describe('the end of a flow', () => {
  test('is told once, when it was abandoned and nothing of it is unsettled', () => {
    const { flow, take, told } = createFlow();
    const envelope = take(1);
    envelope.sink = { answered() {}, handedOver() {}, failed() {} };
    flow.abandon();
    flow.abandon();
    expect(told.done).toBe(0);
    succeed(envelope);
    expect(told.done).toBe(1);
  });

  test('abort names each message with what became of it', () => {
    const { flow, take, statistics } = createFlow();
    const [atBroker] = [take(1), take(2)];
    atBroker.sink = { answered() {}, handedOver() {}, failed() {} };
    expect(flow.abort('shutdown', stopped)).toMatchObject([
      { context: 1, stored: 'maybe', stage: 'shutdown', error: { code: 'RMQ_CLOSED' } },
      { context: 2, stored: 'no', stage: 'shutdown' },
    ]);
    expect(flow.abort('shutdown', stopped)).toEqual([]);
    expect(statistics).toMatchObject({ failed: 2, inFlight: 0 });
    expect(flow.tryAdmit(open(3))).toBe(false);
  });

  test('tells events$ only what it gave back', () => {
    const { flow, take, events } = createFlow();
    take(1);
    const atBroker = take(2);
    atBroker.sink = { answered() {}, handedOver() {}, failed() {} };
    flow.abandon();
    expect(events).toMatchObject([{ type: 'abandoned', failures: [{ context: 1, error: { code: 'RMQ_ABANDONED' } }] }]);
    const empty = createFlow();
    empty.flow.abandon();
    expect([empty.events, empty.told.done]).toEqual([[], 1]);
  });

  test('time ends a message wherever it is held, and names what was tried', () => {
    const { take, time, told } = createFlow();
    const envelope = take(1);
    const error = createError('RMQ_CONNECTION_LOST', 'lost');
    envelope.failedAttempts = [{ brokerName: 'broker-a', address: '', error, elapsedMs: 1 }];
    envelope.attempt = 1;
    envelope.holder = { stage: 'route', released() {} };
    time.advance(3100);
    expect(envelope.outcome).toMatchObject({
      stage: 'route',
      stored: 'maybe',
      error: { code: 'RMQ_DEADLINE', detail: { brokers: 'broker-a', attempts: 1 } },
    });
    expect([told.alive, time.timers]).toEqual([0, 0]);
  });
});

describe('a flow with an adaptive window', () => {
  test('lets more in flight after answers, and less after a busy one; other failures say nothing', () => {
    const { flow, take, time } = createFlow({ window: 'auto' });
    const attempt = (n: number): Envelope => {
      const envelope = take(n);
      envelope.attemptStartedAt = time.clock.now();
      envelope.sink = { answered() {}, handedOver() {}, failed() {} };
      return envelope;
    };
    const fill = (): Envelope[] => {
      const taken: Envelope[] = [];
      while (flow.isOpen) taken.push(attempt(taken.length));
      return taken;
    };
    for (let round = 0; round < 8; round++) {
      const sent = fill();
      time.advance(1);
      for (const envelope of sent) succeed(envelope);
    }
    const grown = fill();
    expect(grown.length).toBeGreaterThan(32);
    time.advance(1);
    for (const envelope of grown) failAttempt(envelope);
    const same = fill();
    expect(same).toHaveLength(grown.length);
    time.advance(1);
    for (const envelope of same) failAttempt(envelope, 'RMQ_BROKER_BUSY');
    expect(fill()).toHaveLength(Math.round(0.7 * grown.length));
  });
});
