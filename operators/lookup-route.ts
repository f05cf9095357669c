/** Finds the queues of a message's topic. How routes are asked for and kept is `src/route`. */
import type { OperatorFunction, Subscription } from 'rxjs';
import { type ErrorCode } from '../src/errors/error-table.js';
import { RocketMQError } from '../src/errors/rocketmq-error.js';
import type { Envelope, Holder, Open, Routed, Settled } from '../src/producer/message/envelope.js';
import { assertGiven } from '../src/options/check-options.js';
import { lookupRouteArguments } from '../src/producer/stage-options.js';
import { coreOf, isProducer, type Producer } from '../src/producer/producer.js';
import type { TopicRoute } from '../src/route/topic-route.js';
import { fail, type Passage, stage } from './stage.js';

/** Anything that knows routes: a producer, or a table of a test's. */
export interface RouteSource {
  routeOf(topic: string): TopicRoute | PromiseLike<TopicRoute>;
  /** Whether messages wait for a topic that is not there. Default true. */
  readonly waitsForTopics?: boolean | undefined;
}

/** What may be otherwise in a moment: name servers come back empty, and learn of their brokers within half a minute. */
const WORTH_ASKING_AGAIN: ReadonlySet<ErrorCode> = new Set([
  'RMQ_ROUTE_MISSING',
  'RMQ_NAME_SERVER_UNREACHABLE',
  'RMQ_CREDENTIALS_UNAVAILABLE',
]);
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1000;
/** So long before its deadline a message fails with what is wrong with its route, not only with "too late". */
const LAST_WORD_MS = 50;

/**
 * Gives every message the route of its topic: synchronously when it is known, otherwise all messages of the topic wait
 * for one question to a name server. A topic that no name server knows gets the route of the default topic
 * (`createTopicKey`), and the first send creates it. Messages may overtake each other here.
 *
 * Where there is not even that, or no name server answers, the question is asked again, after 200 ms at first and
 * later once a second, for as long as a message has time: a name server that was restarted knows nothing until its
 * brokers have registered again. A source of routes may say that it is not worth it for a topic that is not there.
 *
 * Failures, all `stored: 'no'`, stage `route`, at the end of the message's time: RMQ_ROUTE_MISSING,
 * RMQ_NAME_SERVER_UNREACHABLE and RMQ_CREDENTIALS_UNAVAILABLE; at once what does not change by waiting (RMQ_ACCESS_DENIED,
 * RMQ_TLS_FAILED); and RMQ_DEADLINE where not even the first question was answered by then.
 */
export function lookupRoute<C>(
  from: Producer | RouteSource,
): OperatorFunction<Open<C> | Settled<C>, Routed<C> | Settled<C>> {
  assertGiven('arguments of lookupRoute', { from }, lookupRouteArguments);
  const routes: RouteSource = isProducer(from) ? coreOf(from) : from;
  const { waitsForTopics = true } = routes;
  return stage<C, Open<C>, Routed<C>>('route', 'RMQ_ROUTE_MISSING', (passage) => {
    const waits = new Map<string, RouteWait>();
    return (envelope) => {
      const { topic } = envelope.message;
      const wait = waits.get(topic);
      if (wait !== undefined) {
        wait.join(envelope);
        return 'kept';
      }
      const found = routes.routeOf(topic);
      if (!('then' in found)) {
        envelope.route = found;
        return 'pass';
      }
      const begun = new RouteWait(passage, {
        ask: () => routes.routeOf(topic),
        isWorthIt: (code) => WORTH_ASKING_AGAIN.has(code) && (waitsForTopics || code !== 'RMQ_ROUTE_MISSING'),
        over: () => waits.delete(topic),
      });
      waits.set(topic, begun);
      begun.join(envelope);
      begun.await(found);
      return 'kept';
    };
  });
}

/** What a wait has to know of its topic. */
interface WaitedFor {
  ask(): TopicRoute | PromiseLike<TopicRoute>;
  /** Whether to ask again after this failure. */
  isWorthIt(code: ErrorCode): boolean;
  /** Nobody waits any more. */
  over(): void;
}

/** The messages of one topic that wait for its route, from the first question to the last. */
class RouteWait implements Holder {
  readonly stage = 'route';
  readonly #passage: Passage;
  readonly #topic: WaitedFor;
  readonly #waiting = new Set<Envelope>();
  #pauses = 0;
  /** What the last question came to; none was answered as long as it is undefined. */
  #lastError: RocketMQError | undefined;
  #lastWord: Subscription | undefined;
  /** The message that `#lastWord` is for: the first whose time will be over. */
  #next: Envelope | undefined;

  constructor(passage: Passage, topic: WaitedFor) {
    this.#passage = passage;
    this.#topic = topic;
  }

  join(envelope: Envelope): void {
    this.#passage.hold(envelope);
    envelope.holder = this;
    this.#waiting.add(envelope);
    if (this.#lastError === undefined) return;
    const isNext = this.#next === undefined || envelope.expiresAt < this.#next.expiresAt;
    if (isNext) this.#failInTime(this.#lastError);
  }

  /** It was ended, and nothing is kept of it. */
  released(envelope: Envelope): void {
    this.#waiting.delete(envelope);
    if (this.#next === envelope) this.#next = undefined;
    this.#passage.released(envelope);
  }

  await(found: PromiseLike<TopicRoute>): void {
    found.then(
      (route) => this.#found(route),
      (error: unknown) => this.#notFound(error),
    );
  }

  #found(route: TopicRoute): void {
    this.#end();
    for (const envelope of this.#waiting) {
      envelope.route = route;
      envelope.holder = this.#passage;
      this.#passage.release(envelope);
    }
  }

  #notFound(error: unknown): void {
    if (!(error instanceof RocketMQError && this.#topic.isWorthIt(error.code))) {
      this.#end();
      for (const envelope of this.#waiting) fail(envelope, 'route', 'RMQ_ROUTE_MISSING', error);
      return;
    }
    this.#lastError = error;
    this.#failInTime(error);
    const clock = this.#mostUrgent()?.flow.clock;
    if (clock === undefined) this.#end();
    else clock.after(Math.min(FIRST_PAUSE_MS * 2 ** this.#pauses++, LONGEST_PAUSE_MS), () => this.#askAgain());
  }

  #askAgain(): void {
    if (this.#mostUrgent() === undefined) {
      this.#end();
      return;
    }
    try {
      const found = this.#topic.ask();
      if ('then' in found) this.await(found);
      else this.#found(found);
    } catch (error) {
      this.#notFound(error);
    }
  }

  /** Fails whose time is over with what is wrong, also while a question is under way, and looks again when the next one's is. */
  #failInTime(error: RocketMQError): void {
    this.#lastWord?.unsubscribe();
    for (const envelope of this.#waiting) {
      if (leftMs(envelope) <= LAST_WORD_MS) fail(envelope, 'route', 'RMQ_ROUTE_MISSING', error);
    }
    const next = this.#mostUrgent();
    this.#next = next;
    this.#lastWord = next?.flow.clock.after(leftMs(next) - LAST_WORD_MS, () => this.#failInTime(error));
  }

  #mostUrgent(): Envelope | undefined {
    let next: Envelope | undefined;
    for (const envelope of this.#waiting) {
      if (next === undefined || envelope.expiresAt < next.expiresAt) next = envelope;
    }
    return next;
  }

  #end(): void {
    this.#lastWord?.unsubscribe();
    this.#topic.over();
  }
}

/** None, where nobody gave it any: without `admit` there is no time to wait. */
const leftMs = ({ expiresAt, flow }: Envelope): number => (expiresAt === 0 ? 0 : expiresAt - flow.clock.now());
