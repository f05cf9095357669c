/**
 * A broker as a queueing model in virtual time, and a client that keeps a window of messages in flight to it. No
 * sockets: what a window does to throughput and latency is computed, message by message.
 */
import { seededRandom } from '../../../src/testing/seeded-random.js';

export interface BrokerModel {
  /** Messages a millisecond that it can store. */
  readonly capacity: number;
  /** Ms that every message takes besides, however idle the broker. */
  readonly baseMs: number;
  /** How many messages it works on at once: each then takes `workers / capacity` ms. */
  readonly workers: number;
  /** Service times are drawn from an exponential distribution instead of being all the same. */
  readonly isRandom: boolean;
  /** It answers busy where more than this many messages wait. */
  readonly busyOver: number;
}

/** Whoever says how much may be in flight. */
export interface WindowOfClient {
  readonly limit: number;
  answered(latencyMs: number, inFlight: number, isBusy: boolean, now: number): void;
}

export const fixedWindow = (limit: number): WindowOfClient => ({ limit, answered() {} });

export interface Measured {
  /** Messages stored a millisecond. */
  readonly throughput: number;
  /** From the first attempt to the receipt, with all attempts that were answered busy. */
  readonly p99: number;
  readonly busyAnswers: number;
}

interface Event {
  readonly at: number;
  readonly kind: 'stored' | 'busy' | 'again';
  readonly startedAt: number;
  readonly sentAt: number;
}

const RETRY_MS = 200;

export class Simulation {
  readonly #window: WindowOfClient;
  readonly #random: () => number;
  readonly #events = new EventHeap();
  #model: BrokerModel;
  #freeAt: number[] = [];
  /** When those that wait begin to be worked on, in order. */
  #begins: number[] = [];
  #begun = 0;
  #inFlight = 0;
  /** Messages that the source has ready; infinite where it never makes the client wait. */
  now = 0;
  mostInFlight = 0;

  constructor(window: WindowOfClient, model: BrokerModel, seed: number) {
    this.#window = window;
    this.#random = seededRandom(seed);
    this.#model = model;
    this.become(model);
  }

  /** From now on the broker works like this. What it has begun it ends as before. */
  become(model: BrokerModel): void {
    this.#model = model;
    const busyUntil = Math.max(this.now, ...this.#freeAt.slice(0, model.workers));
    this.#freeAt = Array.from({ length: model.workers }, (_, index) => this.#freeAt[index] ?? busyUntil);
  }

  /** Lets `ms` pass and says what came about from `measuredFrom` ms on. */
  run(ms: number, measuredFrom = 0): Measured {
    const end = this.now + ms;
    const begin = this.now + measuredFrom;
    const latencies: number[] = [];
    let busyAnswers = 0;
    this.#fill();
    for (let next = this.#events.peek(); next !== undefined && next.at <= end; next = this.#events.peek()) {
      this.#events.pop();
      this.now = next.at;
      if (next.kind === 'again') {
        this.#send(next.startedAt);
        continue;
      }
      const isBusy = next.kind === 'busy';
      this.#window.answered(this.now - next.sentAt, this.#inFlight, isBusy, this.now);
      if (isBusy) {
        if (this.now >= begin) busyAnswers++;
        const at = this.now + RETRY_MS * (0.5 + this.#random());
        this.#events.push({ at, kind: 'again', startedAt: next.startedAt, sentAt: at });
      } else {
        this.#inFlight--;
        if (this.now >= begin) latencies.push(this.now - next.startedAt);
      }
      this.#fill();
    }
    this.now = end;
    latencies.sort((a, b) => a - b);
    return {
      throughput: latencies.length / (end - begin),
      p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
      busyAnswers,
    };
  }

  #fill(): void {
    while (this.#inFlight < this.#window.limit) {
      this.#inFlight++;
      this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
      this.#send(this.now);
    }
  }

  #send(startedAt: number): void {
    const { capacity, baseMs, workers, isRandom, busyOver } = this.#model;
    const sentAt = this.now;
    const arrivesAt = sentAt + baseMs / 2;
    while (this.#begun < this.#begins.length && (this.#begins[this.#begun] ?? 0) <= arrivesAt) this.#begun++;
    if (this.#begun > 4096) {
      this.#begins = this.#begins.slice(this.#begun);
      this.#begun = 0;
    }
    if (this.#begins.length - this.#begun > busyOver) {
      this.#events.push({ at: sentAt + baseMs, kind: 'busy', startedAt, sentAt });
      return;
    }
    let worker = 0;
    for (let one = 1; one < workers; one++) {
      if ((this.#freeAt[one] ?? 0) < (this.#freeAt[worker] ?? 0)) worker = one;
    }
    const meanMs = workers / capacity;
    const workMs = isRandom ? -Math.log(1 - this.#random()) * meanMs : meanMs;
    const beginsAt = Math.max(arrivesAt, this.#freeAt[worker] ?? 0);
    this.#begins.push(beginsAt);
    this.#freeAt[worker] = beginsAt + workMs;
    this.#events.push({ at: beginsAt + workMs + baseMs / 2, kind: 'stored', startedAt, sentAt });
  }
}

/** The earliest first. */
class EventHeap {
  readonly #events: Event[] = [];

  peek(): Event | undefined {
    return this.#events[0];
  }

  push(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = events[parentAt];
      if (parent === undefined || parent.at <= event.at) break;
      events[at] = parent;
      at = parentAt;
    }
    events[at] = event;
  }

  pop(): void {
    const events = this.#events;
    const last = events.pop();
    if (last === undefined || events.length === 0) return;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      const right = events[childAt + 1];
      let child = events[childAt];
      if (child === undefined) break;
      if (right !== undefined && right.at < child.at) {
        child = right;
        childAt++;
      }
      if (child.at >= last.at) break;
      events[at] = child;
      at = childAt;
    }
    events[at] = last;
  }
}
