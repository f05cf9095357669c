/**
 * Asks the brokers that failed lately whether they can be reached again, so that they are the better choice before a
 * message has to try. Which brokers those are is remembered in `route/broker-health.ts`.
 * Source: LatencyFaultToleranceImpl.startDetector, DefaultMQProducerImpl.initServiceDetector (5.5.0).
 */
import { type Subscription, timer } from 'rxjs';
import { call } from '../connection/call.js';
import type { ConnectionPool } from '../connection/connection-pool.js';
import { RocketMQError } from '../errors/rocketmq-error.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import { getMaxOffset } from '../protocol/requests/get-max-offset.js';
import type { BrokerHealth } from '../route/broker-health.js';
import type { Clock } from '../time/clock.js';

export interface BrokerDetectorOptions {
  readonly health: BrokerHealth;
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  /** Of the broker's master; `undefined`: there is no such broker any more. */
  readonly addressOf: (brokerName: string) => string | undefined;
  readonly topicOnWire: (topic: string) => string;
}

const PERIOD_MS = 3000;
/** Java's detectTimeout. */
const ANSWER_MS = 200;

/** Asks every 3 s, until unsubscribed. */
export function startBrokerDetector(options: BrokerDetectorOptions): Subscription {
  return timer(PERIOD_MS, PERIOD_MS, options.clock.scheduler).subscribe(() => {
    for (const queue of options.health.unreachable) void detect(queue, options);
  });
}

/** Whatever it answers, a broker that answers can be reached. */
async function detect({ topic, brokerName, queueId }: MessageQueue, options: BrokerDetectorOptions): Promise<void> {
  const { health, pool, clock, addressOf, topicOnWire } = options;
  const address = addressOf(brokerName);
  if (address === undefined) {
    health.forget(brokerName);
    return;
  }
  try {
    await call(
      pool.get(address, false),
      getMaxOffset,
      { topic: topicOnWire(topic), queueId, brokerName },
      clock.now() + ANSWER_MS,
    );
    health.reached(brokerName);
  } catch (error) {
    if (error instanceof RocketMQError && typeof error.detail['responseCode'] === 'number') health.reached(brokerName);
  }
}
