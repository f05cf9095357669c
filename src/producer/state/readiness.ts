/**
 * Waits until messages to certain topics could be sent: their routes are known, and a broker of each answers a heartbeat
 * now. What to do with the answer is the caller's.
 */
import type { ErrorCode } from '../../errors/error-table.js';
import { createError, RocketMQError } from '../../errors/rocketmq-error.js';
import type { TopicRoute } from '../../route/topic-route.js';
import type { Clock } from '../../time/clock.js';

/** What `ready` waits for, and for how long. */
export interface ReadyOptions {
  /** Ms that it may take; default 10 000. */
  readonly timeoutMs?: number | undefined;
  /** The topics that can be sent to. By default any broker that the name servers know has to answer. */
  readonly topics?: readonly string[] | undefined;
  /** Ends the wait with RMQ_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** What the wait needs of a producer. */
export interface ReadySource {
  readonly clock: Clock;
  ensureStarted(): Promise<void>;
  routeOf(topic: string): TopicRoute | Promise<TopicRoute>;
  /** Of a topic that every broker has. */
  routeOfAllBrokers(): Promise<TopicRoute>;
  addressOf(brokerName: string): string | undefined;
  /** Sends a heartbeat. Rejects where the broker does not answer it, or refuses it. */
  reach(address: string, deadlineAt: number): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** For one broker, in one round. */
const ANSWER_MS = 3000;

/**
 * Asks again and again until nothing is in the way. Rejects with what is in the way when the time is up, at once with
 * what does not pass by waiting, and with RMQ_ABORTED soon after `signal` was aborted.
 */
export async function whenReady(
  source: ReadySource,
  { topics, timeoutMs, signal }: ReadyOptions & { readonly timeoutMs: number },
): Promise<void> {
  const { clock } = source;
  const endsAt = clock.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const problem = await problemOf(source, topics, endsAt);
    if (problem === undefined) return;
    if (signal?.aborted === true) throw createError('RMQ_ABORTED', 'the wait for the producer was aborted');
    if (isFinal(problem) || clock.now() + pauseMs >= endsAt) throw problem;
    await new Promise<void>((resolve) => {
      clock.after(pauseMs, resolve);
    });
  }
}

async function problemOf(
  source: ReadySource,
  topics: readonly string[] | undefined,
  endsAt: number,
): Promise<RocketMQError | undefined> {
  try {
    await source.ensureStarted();
    const routes =
      topics === undefined
        ? [await source.routeOfAllBrokers()]
        : await Promise.all(topics.map(async (topic) => source.routeOf(topic)));
    await Promise.all(routes.map((route) => reachOne(source, route, endsAt)));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof RocketMQError) return thrown;
    throw thrown;
  }
}

/** Resolves when one of the brokers of the route answers; rejects with what is wrong with the first one. */
async function reachOne(source: ReadySource, { topic, queues }: TopicRoute, endsAt: number): Promise<void> {
  const deadlineAt = Math.min(endsAt, source.clock.now() + ANSWER_MS);
  const names = [...new Set(queues.map(({ brokerName }) => brokerName))];
  const addresses = names.map((name) => source.addressOf(name)).filter((address) => address !== undefined);
  if (addresses.length === 0) {
    throw createError('RMQ_BROKER_UNKNOWN', `no address is known for a master of the topic ${topic}`, {
      detail: { topic },
    });
  }
  try {
    await Promise.any(addresses.map((address) => source.reach(address, deadlineAt)));
  } catch (thrown) {
    throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  }
}

/** What another try cannot change. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'RMQ_CLOSED',
  'RMQ_STATE_INVALID',
  'RMQ_CONFIG_INVALID',
  'RMQ_GROUP_DUPLICATE',
  'RMQ_INSTANCE_FAILED',
  'RMQ_INSTANCE_NAME_TAKEN',
]);
const isFinal = ({ code }: RocketMQError): boolean => FINAL.has(code);
