/**
 * One run: an embedded cluster, two producers under load, the faults of a plan, then calm, `shutdown()` and the books.
 * It collects the history; whether the promises were kept is said by `invariants.ts`.
 */
import { createProducer, fromPull, type Logger, type Message, type Producer, SendError, toRocketMQ } from 'rx-rocketmq';
import { type EmbeddedCluster, startEmbeddedCluster } from 'rx-rocketmq/testing';
import { Subject } from 'rxjs';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredMessage } from '../conformance/target.js';
import { Ledger } from '../real/ledger.js';
import { Workload } from '../real/workload.js';
import type { Fault } from './fault-plan.js';
import type { History, ProducerHistory } from './invariants.js';
import { strike } from './strike.js';

const TOPICS = ['Chaos0', 'Chaos1', 'Chaos2'];
const CANCELLED_TOPIC = 'Cancelled';
const WINDOW = 64;
const SEND_WINDOW = 256;
const CANCELLED_WINDOW = 32;
/** Messages of the pull source, then a pause of a millisecond: a run is to last, not to fill the memory. */
const PULLS_PER_PAUSE = 4;
const CALM_MS = 500;

export async function chaosRun(seed: number, plan: readonly Fault[]): Promise<History> {
  const heldBefore = await held();
  const cluster = await startEmbeddedCluster({ brokers: 2 });
  const books = { isOver: false, afterShutdown: 0, ambiguousAttempts: 0, brokersUsed: new Set<string>() };
  const steady = new Books(cluster.nameServers, 'steady', books);
  const cancelled = new Books(cluster.nameServers, 'cancelled', books);
  const workload = new Workload({ runId: `c${seed}`, topics: TOPICS, seed, minBytes: 16, maxBytes: 8192 });
  const ofCancelled = new Workload({
    runId: `u${seed}`,
    topics: [CANCELLED_TOPIC],
    seed: seed + 1,
    minBytes: 16,
    maxBytes: 1024,
  });

  let isEnding = false;
  const goesOn = (): boolean => !isEnding;
  const load = Promise.all([
    pull(steady, workload, goesOn),
    push(steady, workload, goesOn),
    sendOneByOne(steady, workload, goesOn),
    unsubscribeAgainAndAgain(cancelled, ofCancelled, goesOn),
  ]);
  const verbsNeverFelt = await strikeAll(cluster, plan);
  await delay(CALM_MS);
  isEnding = true;
  await load;

  for (const { producer } of [steady, cancelled]) await producer.shutdown();
  books.isOver = true;
  await delay(CALM_MS);
  const connectionsLeft = [cluster.nameServer, ...cluster.brokers].flatMap((server) => server.connections).length;
  const producers = [
    steady.close(storedIn(cluster, TOPICS), { window: 2 * WINDOW + SEND_WINDOW, hasSilentReceipts: false }),
    cancelled.close(storedIn(cluster, [CANCELLED_TOPIC]), { window: CANCELLED_WINDOW, hasSilentReceipts: true }),
  ];
  await cluster.close();
  const heldAfter = await held();
  const { afterShutdown, ambiguousAttempts, brokersUsed } = books;
  return {
    producers,
    heldBefore,
    heldAfter,
    afterShutdown,
    connectionsLeft,
    ambiguousAttempts,
    brokersUsed: brokersUsed.size,
    verbsNeverFelt,
  };
}

/** What all books of a run have in common. */
interface RunBooks {
  isOver: boolean;
  afterShutdown: number;
  ambiguousAttempts: number;
  readonly brokersUsed: Set<string>;
}

/** One producer, and everything that is heard of it. */
class Books {
  readonly producer: Producer;
  readonly ledger = new Ledger();
  readonly #run: RunBooks;
  #retried = 0;
  #mostInFlight = 0;

  constructor(nameServers: string, group: string, run: RunBooks) {
    this.#run = run;
    const heard = (): void => this.#heard();
    const logger: Logger = { debug: heard, info: heard, warn: heard, error: heard };
    // Short times, so that many attempts fail and routes are asked for while the name server is away.
    const times = { sendTimeoutMs: 1500, routeRefreshMs: 1000, heartbeatMs: 1000 };
    this.producer = createProducer({ nameServers, group, logger, ...times });
    this.producer.events$.subscribe((event) => {
      heard();
      if (event.type !== 'retry') return;
      this.#retried++;
      this.#attemptFailed(event.error.stored);
      this.ledger.attemptFailed(event.msgId, event.error.stored);
    });
  }

  next(workload: Workload): Message {
    const message = workload.next();
    this.ledger.offer(message);
    this.#sample();
    return message;
  }

  settle(outcome: Parameters<Ledger['settle']>[0]): void {
    this.#heard();
    this.#sample();
    this.ledger.settle(outcome);
    if (outcome.ok) this.#run.brokersUsed.add(outcome.queue.brokerName);
    else this.#attemptFailed(outcome.attempts.at(-1)?.error.stored);
  }

  close(
    stored: readonly StoredMessage[],
    expected: Pick<ProducerHistory, 'window' | 'hasSilentReceipts'>,
  ): ProducerHistory {
    return {
      verdict: this.ledger.close(stored),
      metrics: this.producer.metrics(),
      retried: this.#retried,
      mostInFlight: this.#mostInFlight,
      ...expected,
    };
  }

  #heard(): void {
    if (this.#run.isOver) this.#run.afterShutdown++;
  }

  #sample(): void {
    this.#mostInFlight = Math.max(this.#mostInFlight, this.producer.metrics().inFlight);
  }

  #attemptFailed(stored: 'no' | 'maybe' | undefined): void {
    if (stored === 'maybe') this.#run.ambiguousAttempts++;
  }
}

// ------------------------------------------------------------------ the load

async function pull(books: Books, workload: Workload, goesOn: () => boolean): Promise<void> {
  async function* messages(): AsyncGenerator<Message> {
    for (let n = 1; goesOn(); n++) {
      if (n % PULLS_PER_PAUSE === 0) await delay(1);
      yield books.next(workload);
    }
  }
  await fromPull(messages())
    .pipe(toRocketMQ(books.producer, { window: WINDOW, onFailure: 'result' }))
    .forEach((outcome) => books.settle(outcome));
}

/** A source that does not wait: during an outage its small buffer overflows. */
async function push(books: Books, workload: Workload, goesOn: () => boolean): Promise<void> {
  const source = new Subject<Message>();
  const buffer = { messages: WINDOW };
  const finished = source
    .pipe(toRocketMQ(books.producer, { window: WINDOW, buffer, onFailure: 'result' }))
    .forEach((outcome) => books.settle(outcome));
  while (goesOn()) {
    source.next(books.next(workload));
    await delay(3);
  }
  source.complete();
  await finished;
}

/** Promises; every tenth is given up by its caller while it is on its way. */
async function sendOneByOne(books: Books, workload: Workload, goesOn: () => boolean): Promise<void> {
  const pending = new Set<Promise<void>>();
  for (let n = 1; goesOn(); n++) {
    const signal = n % 10 === 0 ? { signal: AbortSignal.timeout(n % 100) } : {};
    const sent: Promise<void> = books.producer.send(books.next(workload), signal).then(
      (receipt) => books.settle(receipt),
      (error: unknown) => {
        if (!(error instanceof SendError)) throw error;
        books.settle(error.failure);
      },
    );
    pending.add(sent);
    void sent.finally(() => pending.delete(sent));
    await delay(5);
  }
  await Promise.all(pending);
}

/** One stream after the other, each left in the middle. What it had in flight is finished, and told to nobody. */
async function unsubscribeAgainAndAgain(books: Books, workload: Workload, goesOn: () => boolean): Promise<void> {
  function* endless(): Generator<Message> {
    for (;;) yield books.next(workload);
  }
  for (let n = 1; goesOn(); n++) {
    const subscription = fromPull(endless())
      .pipe(
        toRocketMQ(books.producer, {
          window: CANCELLED_WINDOW,
          onFailure: 'result',
          // Also told what fails after the unsubscribe.
          deadLetter: { next: (failure) => books.settle(failure) },
        }),
      )
      .subscribe((outcome) => {
        if (outcome.ok) books.settle(outcome);
      });
    await delay(n % 7);
    subscription.unsubscribe();
    await books.producer.flush();
    await delay(50);
  }
}

// ------------------------------------------------------------------ the faults

/** Resolves, when all are over, with the verbs that never hit anybody. */
async function strikeAll(cluster: EmbeddedCluster, plan: readonly Fault[]): Promise<readonly string[]> {
  const hits = new Map<string, number>();
  await Promise.all(
    plan.map(async (fault) => {
      await delay(fault.atMs);
      const { end } = await strike(cluster, fault);
      await delay(fault.forMs);
      const hit = await end();
      // A name server may go unasked for seconds, by clients that it has disappointed before.
      if (fault.target === 'broker') hits.set(fault.verb, (hits.get(fault.verb) ?? 0) + hit);
    }),
  );
  return [...hits].flatMap(([name, count]) => (count === 0 ? [name] : []));
}

// ------------------------------------------------------------------ the end

function storedIn(cluster: EmbeddedCluster, topics: readonly string[]): StoredMessage[] {
  return topics.flatMap((topic) =>
    cluster.messages(topic).map(({ body, bornAt, queue, queueOffset, ...message }) => ({
      topic: message.topic,
      brokerName: queue.brokerName,
      queueId: queue.queueId,
      queueOffset,
      offsetMsgId: message.offsetMsgId,
      msgId: message.msgId,
      properties: message.properties,
      flag: message.flag,
      sysFlag: message.sysFlag,
      bornAt: bornAt.getTime(),
      bodyLength: body.length,
      bodySha256: createHash('sha256').update(body).digest('hex'),
    })),
  );
}

/** What this process holds that a producer could leave behind. */
async function held(): Promise<readonly string[]> {
  await delay(200); // closed sockets leave in the next turns of the event loop
  const listeners = process
    .eventNames()
    .flatMap((name) => process.listeners(name as NodeJS.Signals).map(() => `listener of ${String(name)}`));
  // Standard output comes with its first use.
  const resources = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap');
  return [...resources, ...listeners];
}
