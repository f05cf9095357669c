/**
 * One generated schedule: a source, a pipeline, brokers with faults and a way to stop, played in virtual time. It finds
 * what breaks a rule and says which; which schedules there are is `generated-schedules.ts`'s.
 */
import { type Observable, Subject } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { SharedAttempts } from '../../operators/send-together.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import type { Envelope } from '../../src/producer/message/envelope.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure, SendOutcome } from '../../src/producer/message/outcome.js';
import type { PipelineOptions } from '../../src/producer/pipeline-options.js';
import { SendError } from '../../src/producer/message/send-error.js';
import { type ClusterPlan, NUMBER_PROPERTY, SimulatedCluster } from './simulated-cluster.js';

export const verbs = ['until', 'unsubscribe', 'signal', 'shutdown', 'shutdown at once'] as const;
export type Verb = (typeof verbs)[number];

/** Where a message can be when a stop comes. */
export const places = [
  'waiting for a slot',
  'waiting behind its key',
  'being compressed',
  'waiting for a route',
  'waiting for an address',
  'waiting for its broker',
  'waiting for its batch',
  'in flight',
  'between attempts',
] as const;
export type Place = (typeof places)[number];

export interface Schedule extends ClusterPlan {
  readonly messages: number;
  readonly source: 'iterable' | 'async iterable' | 'subject';
  /** Of a subject: how many messages it emits each millisecond. */
  readonly burst: number;
  /** Every so many messages one is refused by `validateMessage`. 0: none. */
  readonly invalidEvery: number;
  /** Every so many messages one is large enough for the thread pool. 0: none. */
  readonly largeEvery: number;
  readonly options: Pick<PipelineOptions, 'windowBytes' | 'buffer' | 'results' | 'onFailure'> & {
    readonly window: number;
  };
  /** Messages have so many keys, one after the other. 0: none. */
  readonly keys: number;
  readonly onKeyFailure: 'halt-key' | 'skip';
  readonly batch: { readonly messages: number; readonly lingerMs: number } | false;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly stop: { readonly verb: Verb; readonly atMs: number } | undefined;
}

const SEND_TIMEOUT_MS = 60;
/** How late a deadline may be noticed, and judged after the sockets were read once more. */
const SWEEP_MS = 52;
const SMALL = 'x'.repeat(100);
/** Above the size from which bodies go to the thread pool; it does not shrink much, so that bytes stay what they are. */
const LARGE = Buffer.from(Array.from({ length: 20_000 }, (_, n) => (n * 7919) % 251));

/** What a run broke, and where its messages were when the stop came. */
export interface Findings {
  readonly broken: readonly string[];
  readonly hit: readonly Place[];
}

export async function play(schedule: Schedule): Promise<Findings> {
  const run = new Run(schedule);
  await run.play();
  return { broken: run.broken, hit: run.hit };
}

class Run {
  readonly broken: string[] = [];
  readonly hit: Place[] = [];
  readonly #schedule: Schedule;
  readonly #cluster: SimulatedCluster;
  readonly #until = new Subject<void>();
  readonly #abort = new AbortController();
  readonly #emitted: SendOutcome<number>[] = [];
  readonly #dead: SendFailure<number>[] = [];
  readonly #source: ScheduledSource;
  #ended: 'complete' | { readonly error: unknown } | undefined;
  #isUnsubscribed = false;
  #attemptsAtStop: number | undefined;
  #offeredAtFailure: number | undefined;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#cluster = new SimulatedCluster(schedule, { sendTimeoutMs: SEND_TIMEOUT_MS });
    this.#source = new ScheduledSource(schedule, this.#cluster);
  }

  async play(): Promise<void> {
    // What `fromPull` measures its turns by; the real one would make runs differ.
    jest.spyOn(performance, 'now').mockImplementation(() => this.#cluster.now);
    const { options, keys, onKeyFailure, batch, retries, retryDelayMs, stop } = this.#schedule;
    const subscription = this.#source.messages$
      .pipe(
        toRocketMQ<number>(this.#cluster.producer, {
          ...options,
          ordered: keys > 0 && { onFailure: onKeyFailure },
          batch,
          retry: { retries, delayMs: () => retryDelayMs },
          deadLetter: { next: (failure) => this.#dead.push(failure) },
          until: this.#until,
          signal: this.#abort.signal,
          mode: 'confirm',
        }),
      )
      .subscribe({
        next: (outcome) => {
          this.#expect(!this.#isUnsubscribed, 'nothing is emitted after unsubscribe');
          this.#emitted.push(outcome);
        },
        error: (error: unknown) => this.#end({ error }),
        complete: () => this.#end('complete'),
      });
    this.#source.start();
    const look = (): void => this.#look();
    look();
    if (stop !== undefined) {
      await this.#cluster.advance(stop.atMs, look);
      this.#stop(stop.verb, () => {
        this.#isUnsubscribed = true;
        subscription.unsubscribe();
      });
      look();
    }
    // Until the source is dry and the last message is out of time, whatever it met.
    for (let rounds = 0; rounds < 500 && !this.#isOver; rounds++) await this.#cluster.advance(10, look);
    await this.#cluster.advance(2 * SEND_TIMEOUT_MS, look);
    this.#lookAtTheEnd();
    void this.#cluster.producer.shutdown({ drain: false });
    await this.#cluster.advance(2, () => {});
  }

  get #isOver(): boolean {
    const isIdle = this.#cluster.flows.every((flow) => flow.isIdle);
    return isIdle && (this.#ended !== undefined || this.#isUnsubscribed);
  }

  #stop(verb: Verb, unsubscribe: () => void): void {
    const unsettled = this.#cluster.offered.filter((envelope) => envelope.outcome === undefined);
    const places = unsettled.map(placeOf);
    this.hit.push(...places);
    this.#attemptsAtStop = this.#cluster.attempts;
    switch (verb) {
      case 'until':
        this.#until.next();
        return;
      case 'unsubscribe':
        unsubscribe();
        return;
      case 'signal':
        this.#abort.abort();
        this.#expect(
          unsettled.every((envelope) => envelope.outcome !== undefined),
          'signal ends everything at once',
        );
        this.#expect(
          unsettled.every((envelope, at) => places[at] !== 'in flight' || isStoredMaybe(envelope)),
          'what was with a broker when the signal came may be stored',
        );
        return;
      case 'shutdown':
        void this.#cluster.producer.shutdown({ timeoutMs: 10_000 });
        return;
      case 'shutdown at once':
        void this.#cluster.producer.shutdown({ drain: false });
        return;
    }
  }

  /** What holds at every moment. */
  #look(): void {
    const { offered, sent, failed, inFlight, buffered } = this.#cluster.producer.metrics();
    this.#expect(offered === sent + failed + inFlight + buffered, 'offered = sent + failed + in flight + buffered');
    const { window, windowBytes = 2 ** 23, buffer = {} } = this.#schedule.options;
    this.#expect(inFlight <= window, 'in flight never exceeds the window');
    const { inFlightBytes } = this.#cluster.producer.metrics();
    this.#expect(inFlightBytes <= windowBytes || inFlight === 1, 'bytes in flight never exceed windowBytes');
    const mayWait = Math.max(buffer.messages ?? 1024, this.#source.isPull ? 1 : 0);
    this.#expect(buffer.onOverflow === 'unbounded' || buffered <= mayWait, 'no more waits than the buffer holds');
    if (this.#source.isPull) {
      this.#expect(this.#schedule.keys > 0 || buffered <= 1, 'at most one pulled message waits');
      const settled = sent + failed;
      const waiting = this.#schedule.keys > 0 ? mayWait : 0;
      this.#expect(
        this.#source.read <= settled + window + waiting + 2,
        'a pull source is read no further than the window',
      );
    }
    this.#expect(this.#dead.length === failed, 'the dead letter is told every failure once');
    const { now } = this.#cluster;
    this.#expect(
      this.#cluster.offered.every(
        ({ outcome, expiresAt }) => outcome !== undefined || expiresAt === 0 || now <= expiresAt + SWEEP_MS,
      ),
      'no message takes longer than its time',
    );
    this.#lookAtTheFirstFailure(offered);
    this.#lookAtTheKeys();
    if (this.#schedule.stop?.verb === 'unsubscribe' && this.#attemptsAtStop !== undefined) {
      this.#expect(this.#cluster.attempts === this.#attemptsAtStop, 'no attempt begins after unsubscribe');
    }
  }

  /** Of one key at most one message is under way. */
  #lookAtTheKeys(): void {
    const { keys } = this.#schedule;
    if (keys === 0) return;
    const underWay = this.#cluster.offered.filter(({ outcome, isAdmitted }) => outcome === undefined && isAdmitted);
    const found = underWay.map(({ context }) => Number(context) % keys);
    this.#expect(new Set(found).size === found.length, 'at most one message of a key is under way');
  }

  /** Where outcomes come in the order of the source, the pipeline sees a failure only in its turn. */
  #lookAtTheFirstFailure(offered: number): void {
    const { onFailure, results } = this.#schedule.options;
    if (onFailure !== 'error' || results === 'source') return;
    if (this.#offeredAtFailure !== undefined) {
      this.#expect(offered === this.#offeredAtFailure, 'nothing more is taken after the failure that ends the stream');
    } else if (this.#dead.some(({ error }) => error.code !== 'RMQ_DROPPED')) {
      this.#offeredAtFailure = offered;
    }
  }

  #lookAtTheEnd(): void {
    const { cluster, emitted, dead } = { cluster: this.#cluster, emitted: this.#emitted, dead: this.#dead };
    const { offered, sent, failed, inFlight, inFlightBytes, buffered } = cluster.producer.metrics();
    this.#expect(inFlight + inFlightBytes + buffered === 0, 'every slot is given back');
    this.#expect(offered === cluster.offered.length, 'every message is counted once');
    this.#expect(
      cluster.offered.every((envelope) => envelope.outcome !== undefined),
      'every message has an outcome',
    );
    this.#expect(
      new Set(emitted.map(({ context }) => context)).size === emitted.length,
      'an outcome is emitted once',
      () => emitted.map(({ context }) => context),
    );
    const isWatched = !this.#isUnsubscribed;
    if (isWatched) {
      this.#expect(this.#ended !== undefined, 'the stream ends');
      this.#expect(emitted.filter(({ ok }) => ok).length === sent, 'every receipt is emitted');
      if (this.#schedule.options.onFailure === 'result') {
        this.#expect(emitted.length === offered, 'every outcome is emitted');
      }
      this.#lookAtTheError(failed);
    }
    if (this.#schedule.options.results === 'source') {
      // What overflowed was never taken, or was dropped from the buffer: its failure is emitted at once.
      const hasOverflowed = ({ outcome }: Envelope): boolean =>
        outcome !== undefined && !outcome.ok && outcome.stage === 'overflow';
      const inTurn = cluster.offered.filter((envelope) => envelope.order > 0 && !hasOverflowed(envelope));
      const taken = new Set(inTurn.map(({ context }) => context));
      const order = emitted.map(({ context }) => context).filter((context) => taken.has(context));
      this.#expect(
        order.every((context, at) => at === 0 || context > (order[at - 1] ?? 0)),
        'outcomes are in order',
        () => order,
      );
    }
    for (const envelope of cluster.offered) {
      const { outcome } = envelope;
      const isStored = cluster.stored.has(envelope.msgId);
      if (outcome?.ok === true) this.#expect(isStored, 'what has a receipt is stored');
      else if (outcome?.stored === 'no') this.#expect(!isStored, 'what is said not to be stored is not', () => outcome);
    }
    this.#lookAtTheOrder();
    this.#expect(new Set(dead.map(({ context }) => context)).size === dead.length, 'a failure is told once');
    const { options, stop } = this.#schedule;
    if (options.onFailure !== 'error' && (stop?.verb === 'until' || stop?.verb === 'shutdown')) {
      this.#expect(
        !dead.some(({ stage }) => stage === 'abort' || stage === 'shutdown'),
        'a drain ends nothing that was taken',
      );
    }
    this.#expect(this.#source.isReleased, 'the source is let go');
  }

  /** Each key in order, no lane left, and nothing of a key after the failure that halts it. */
  #lookAtTheOrder(): void {
    const { keys, onKeyFailure } = this.#schedule;
    this.#expect(this.#cluster.producer.metrics().lanes === 0, 'no lane is left');
    for (let key = 0; key < keys; key++) {
      const order = this.#cluster.storedContexts.filter((context) => context % keys === key);
      this.#expect(
        order.every((context, at) => at === 0 || context > (order[at - 1] ?? 0)),
        'the messages of a key are stored in order',
        () => order,
      );
      if (onKeyFailure !== 'halt-key') continue;
      const ofKey = this.#cluster.offered.filter(({ context }) => Number(context) % keys === key);
      const failed = ofKey.findIndex(({ outcome, attempt }) => outcome?.ok === false && attempt > 0);
      const after = failed === -1 ? [] : ofKey.slice(failed + 1);
      this.#expect(
        after.every(({ attempt }) => attempt === 0),
        'nothing of a halted key is sent',
      );
    }
  }

  /** `error` and `delay-error` name what failed; `until` and a source that ends complete; `signal` and shutdown do not. */
  #lookAtTheError(failed: number): void {
    const { options, stop } = this.#schedule;
    const error = this.#ended === 'complete' ? undefined : this.#ended?.error;
    const namesFailures = options.onFailure === 'error' || options.onFailure === 'delay-error';
    const dropped = this.#dead.filter((failure) => failure.error.code === 'RMQ_DROPPED').length;
    if (namesFailures && failed > dropped) {
      this.#expect(error instanceof SendError, 'a stream with failures errors with the SendError', () => error);
      if (error instanceof SendError) {
        this.#expect(
          1 + error.alsoFailed.length + error.notSent.length === failed - dropped,
          'offered = receipts + failures + reported as not sent',
        );
      }
    } else if (stop === undefined || stop.verb === 'until' || stop.verb === 'unsubscribe') {
      this.#expect(error === undefined, 'a stream without failures completes', () => error);
    }
  }

  #end(how: 'complete' | { readonly error: unknown }): void {
    this.#expect(this.#ended === undefined, 'the stream ends once');
    this.#ended = how;
  }

  #expect(isSo: boolean, rule: string, seen?: () => unknown): void {
    if (isSo || this.broken.some((text) => text.startsWith(rule))) return;
    this.broken.push(seen === undefined ? rule : `${rule}: ${JSON.stringify(seen())}`);
  }
}

const isStoredMaybe = ({ outcome }: Envelope): boolean => outcome?.ok === false && outcome.stored === 'maybe';

function placeOf(envelope: Envelope): Place {
  if (envelope.sink !== undefined) return 'in flight';
  if (envelope.holder instanceof SharedAttempts) return 'waiting for its batch';
  switch (envelope.holder?.stage) {
    case 'overflow':
      return 'waiting for a slot';
    case 'order':
      return 'waiting behind its key';
    case 'compress':
      return 'being compressed';
    case 'route':
      return 'waiting for a route';
    case 'select':
      return 'waiting for its broker';
    default:
      // The address is asked for in an attempt that has begun; between two, the last one has been noted as failed.
      return envelope.failedAttempts.length === envelope.attempt ? 'between attempts' : 'waiting for an address';
  }
}

/** Where the messages of a schedule come from. */
class ScheduledSource {
  readonly messages$: Observable<Message<number>>;
  readonly #schedule: Schedule;
  readonly #cluster: SimulatedCluster;
  readonly #subject = new Subject<Message<number>>();
  read = 0;
  #returned = false;

  constructor(schedule: Schedule, cluster: SimulatedCluster) {
    this.#schedule = schedule;
    this.#cluster = cluster;
    const sources = {
      iterable: () => fromPull(this.#pulled()),
      'async iterable': () => fromPull(this.#pulledLater()),
      subject: () => this.#subject,
    };
    this.messages$ = sources[schedule.source]();
  }

  get isPull(): boolean {
    return this.#schedule.source !== 'subject';
  }

  /** Nobody holds on to it any more: the iterator is done or was told to stop, the Subject has no subscriber. */
  get isReleased(): boolean {
    return this.isPull ? this.#returned : !this.#subject.observed;
  }

  start(): void {
    if (!this.isPull) this.#burst();
  }

  #burst(): void {
    for (let n = 0; n < this.#schedule.burst && this.read < this.#schedule.messages; n++)
      this.#subject.next(this.#next());
    if (this.read >= this.#schedule.messages) this.#subject.complete();
    else this.#cluster.after(1, () => this.#burst());
  }

  *#pulled(): Generator<Message<number>> {
    try {
      while (this.read < this.#schedule.messages) yield this.#next();
    } finally {
      this.#returned = true;
    }
  }

  async *#pulledLater(): AsyncGenerator<Message<number>> {
    try {
      while (this.read < this.#schedule.messages) {
        await Promise.resolve();
        yield this.#next();
      }
    } finally {
      this.#returned = true;
    }
  }

  #next(): Message<number> {
    const context = ++this.read;
    const { invalidEvery, largeEvery } = this.#schedule;
    const isInvalid = invalidEvery > 0 && context % invalidEvery === 0;
    const isLarge = largeEvery > 0 && context % largeEvery === 0;
    const { keys } = this.#schedule;
    return {
      topic: isInvalid ? 'not a topic' : 'orders',
      body: isLarge ? LARGE : SMALL,
      // One in eight without: to a topic that nothing is known of it travels alone.
      ...(context % 8 === 0 ? {} : { keys: 'key' }),
      properties: { [NUMBER_PROPERTY]: `${context}` },
      context,
      ...(keys > 0 && { shardingKey: `key ${context % keys}` }),
    };
  }
}
