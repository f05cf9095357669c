/** Row 13: brokers that are slow or failing are left alone for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { createProducer, type Message, type Producer, type ProducerConfig } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { Detour } from '../detour.js';
import { expectStored, failureOf, type Sent } from '../sending.js';
import { recordOf } from '../sent-record.js';
import type { ConformanceTarget } from '../target.js';

interface Trial {
  readonly producer: Producer;
  /** The way to `slowBroker`. */
  readonly detour: Detour;
  readonly slowBroker: string;
  readonly avoided: { readonly brokerName: string; readonly forMs: number }[];
  /** Sends so many, and says which brokers took them. */
  readonly brokersOf: (count: number) => Promise<ReadonlySet<string>>;
}

/** Two brokers, one of them behind a detour; everything that was sent lies there in the end. */
async function onTrial(
  target: ConformanceTarget,
  topic: string,
  config: Partial<ProducerConfig>,
  use: (trial: Trial) => Promise<void>,
): Promise<void> {
  await target.createTopic(topic, 2);
  const [slowBroker, address] = [...target.brokers][0] ?? ['', ''];
  const detour = await Detour.open(address);
  const { nameServers } = target;
  const producer = createProducer({
    nameServers,
    group: `${topic}_group`,
    logger: false,
    latencyFaultTolerance: true,
    mapBrokerAddress: (of) => (of === address ? detour.address : of),
    ...config,
  });
  const avoided: Trial['avoided'] = [];
  producer.events$.subscribe((event) => {
    if (event.type === 'broker-avoided') avoided.push({ brokerName: event.brokerName, forMs: event.forMs });
  });
  const sent: Sent[] = [];
  const brokersOf = async (count: number): Promise<ReadonlySet<string>> => {
    const some = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const message: Message = { topic, body: `message ${sent.length + n}` };
        return { record: recordOf(message), receipt: await producer.send(message) };
      }),
    );
    sent.push(...some);
    return new Set(some.map(({ receipt }) => receipt.queue.brokerName));
  };
  try {
    await use({ producer, detour, slowBroker, avoided, brokersOf });
    await expectStored(target, [topic], sent);
  } finally {
    await producer.shutdown();
    detour.close();
  }
}

const faultTolerance: Capability = {
  row: 13,
  title: 'Latency fault tolerance',
  profile: 'plain',
  cases: [
    {
      name: 'a slow broker is left alone, and used again when its time is over',
      shows: 'success',
      run: (target) =>
        onTrial(target, 'ConfSlow', {}, async ({ detour, slowBroker, avoided, brokersOf }) => {
          const all = new Set(target.brokers.keys());
          expect(await brokersOf(16)).toEqual(all);
          detour.delayMs = 700;
          expect(await brokersOf(16)).toEqual(all);
          expect(avoided).toEqual([{ brokerName: slowBroker, forMs: 2000 }]);
          const others = new Set([...all].filter((name) => name !== slowBroker));
          expect(await brokersOf(100)).toEqual(others);
          detour.delayMs = 0;
          await delay(2200);
          expect(await brokersOf(16)).toEqual(all);
        }),
    },
    {
      name: 'a broker that cannot be reached fails a message for one of its queues, and no other message',
      shows: 'refusal',
      run: (target) =>
        onTrial(target, 'ConfGone', { retries: 1 }, async ({ producer, detour, slowBroker, avoided, brokersOf }) => {
          await brokersOf(16);
          detour.close();
          const queue = { topic: 'ConfGone', brokerName: slowBroker, queueId: 0 };
          const error = await failureOf(producer.send({ topic: 'ConfGone', body: 'x', queue }));
          expect(error.failure.attempts.map(({ brokerName }) => brokerName)).toEqual([slowBroker, slowBroker]);
          expect(avoided).toEqual([{ brokerName: slowBroker, forMs: 10_000 }]);
          const others = new Set([...target.brokers.keys()].filter((name) => name !== slowBroker));
          expect(await brokersOf(100)).toEqual(others);
        }),
    },
  ],
};

export const capabilities = [faultTolerance];
