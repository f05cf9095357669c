/**
 * Remembers which brokers were slow or failed lately, so that rotation can pass over them for a while. It asks nobody and
 * chooses nothing: outcomes of attempts are told to it, and queues are chosen in `queue-choice.ts`.
 * Source: MQFaultStrategy.java, LatencyFaultToleranceImpl.java (5.5.0).
 */
import type { ErrorCode } from '../errors/error-table.js';
import type { RocketMQError } from '../errors/rocketmq-error.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import type { Clock } from '../time/clock.js';

export interface BrokerHealthOptions {
  readonly clock: Clock;
  /** Somebody asks brokers whether they can be reached again, so they need not be thought so until a message fails. */
  readonly hasDetector: boolean;
  /** A broker that was available is not for the next `forMs`, unless it is the only one. */
  readonly onAvoided: (brokerName: string, forMs: number) => void;
}

/** What is remembered of a broker. */
interface Fault {
  /** Where the last attempt went that counted against it. */
  queue: MessageQueue;
  availableAt: number;
  isReachable: boolean;
}

/** From which latency on a broker is left alone, and for how long (latencyMax, notAvailableDuration). */
const AVOIDANCE: readonly (readonly [latencyMs: number, forMs: number])[] = [
  [15_000, 30_000],
  [5000, 10_000],
  [3000, 6000],
  [1800, 5000],
  [550, 2000],
];
/** What an attempt that failed counts as. */
const ISOLATION_LATENCY_MS = 10_000;

/** What is wrong with a topic, its route, a replica, a requester or our own credentials, and not with the broker. */
const NOT_COUNTED: ReadonlySet<ErrorCode> = new Set([
  'RMQ_BROKER_UNKNOWN',
  'RMQ_QUEUE_REFUSED',
  'RMQ_TOPIC_MISSING',
  'RMQ_STORE_NOT_OK',
  'RMQ_REQUESTER_MISSING',
  'RMQ_CREDENTIALS_UNAVAILABLE',
]);

const avoidanceOf = (latencyMs: number): number => AVOIDANCE.find(([atLeast]) => latencyMs >= atLeast)?.[1] ?? 0;

export class BrokerHealth {
  readonly #options: BrokerHealthOptions;
  readonly #faults = new Map<string, Fault>();

  constructor(options: BrokerHealthOptions) {
    this.#options = options;
  }

  /** Nothing counts against any broker. */
  get isClear(): boolean {
    return this.#faults.size === 0;
  }

  /** The queues at which brokers failed that nobody has reached since. */
  get unreachable(): readonly MessageQueue[] {
    return [...this.#faults.values()].filter(({ isReachable }) => !isReachable).map(({ queue }) => queue);
  }

  /** Whether it may be chosen: it was never slow, or has been left alone long enough. */
  isAvailable(brokerName: string): boolean {
    const fault = this.#faults.get(brokerName);
    return fault === undefined || this.#options.clock.tickNow() >= fault.availableAt;
  }

  /** Whether it is the better choice where none is available. */
  isReachable(brokerName: string): boolean {
    return this.#faults.get(brokerName)?.isReachable ?? true;
  }

  /** A broker took a message, after `latencyMs`. */
  succeeded(queue: MessageQueue, latencyMs: number): void {
    const forMs = avoidanceOf(latencyMs);
    if (forMs > 0) {
      this.#count(queue, forMs, true);
      return;
    }
    const fault = this.#faults.get(queue.brokerName);
    if (fault === undefined) return;
    // Its time is not shortened: an answer that was long under way says nothing of the next one.
    fault.isReachable = true;
    if (this.isAvailable(queue.brokerName)) this.#faults.delete(queue.brokerName);
  }

  /**
   * An attempt failed. What says nothing of the broker does not count: a message that is refused for good, a topic that
   * is elsewhere, our own end. (In Java every refusal counts, so that one bad message takes all brokers away from the rest.)
   */
  failed(queue: MessageQueue, error: RocketMQError): void {
    if (!error.retryable || NOT_COUNTED.has(error.code)) return;
    const isAnswer = typeof error.detail['responseCode'] === 'number';
    const isReachable = !isAnswer && !this.#options.hasDetector;
    this.#count(queue, avoidanceOf(ISOLATION_LATENCY_MS), isReachable);
  }

  /** Somebody reached it. */
  reached(brokerName: string): void {
    const fault = this.#faults.get(brokerName);
    if (fault !== undefined) fault.isReachable = true;
  }

  /** It is gone for good, as far as anybody knows. */
  forget(brokerName: string): void {
    this.#faults.delete(brokerName);
  }

  #count(queue: MessageQueue, forMs: number, isReachable: boolean): void {
    const { brokerName } = queue;
    const now = this.#options.clock.tickNow();
    const fault = this.#faults.get(brokerName);
    const wasAvailable = fault === undefined || now >= fault.availableAt;
    if (fault === undefined) {
      this.#faults.set(brokerName, { queue, availableAt: now + forMs, isReachable });
    } else {
      fault.queue = queue;
      fault.isReachable = isReachable;
      fault.availableAt = Math.max(fault.availableAt, now + forMs);
    }
    if (wasAvailable) this.#options.onAvoided(brokerName, forMs);
  }
}
