/** Row 18: brokers that leave, and say so to those who understand it. */
import { setTimeout as delay } from 'node:timers/promises';
import { lastValueFrom, toArray } from 'rxjs';
import { fromPull, type Message, type Producer, toRocketMQ } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { failureOf, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';

/** More than a broker takes to be gone, and to be there again, also on a machine with much else to do. */
const LIMIT_MS = 240_000;
/** As in ResponseCode.java; 5.x brokers only. */
const GO_AWAY = 1500;

async function* until(
  topic: string,
  isOver: () => boolean,
  onRead: (n: number) => void,
): AsyncGenerator<Message<number>> {
  for (let n = 0; !isOver(); n++) {
    onRead(n);
    yield { topic, body: `number ${n}`, keys: `away-${n}`, context: n };
    await delay(2);
  }
}

/** What was seen of one broker that left under load. */
interface Departure {
  /** Unique keys of what was sent meanwhile, without a failure. */
  readonly sent: readonly string[];
  /** Connections to the broker that left, of the producer that sent. */
  readonly connections: number;
  /** So many of them there had been at its last GO_AWAY; 0 if there was none. */
  readonly connectionsAtGoAway: number;
  /** What became of a message for its queue, once it had left. */
  readonly failure: unknown;
  /** Brokers of messages that a key, chance or a function had sent to it, once it had left; or why they failed. */
  readonly rerouted: readonly string[];
  /** Unique keys of what is stored, after it came back. */
  readonly stored: ReadonlySet<string>;
  /** So many messages lie in its queue that messages were sent to before and after. */
  readonly storedInItsQueue: number;
}

/** Real brokers take long to leave and to come back, so all cases look at one departure for each target. */
const departures = new Map<string, Promise<Departure>>();

function departureFrom(target: ConformanceTarget): Promise<Departure> {
  const known = departures.get(target.nameServers);
  if (known !== undefined) return known;
  const departure = leave(target);
  departures.set(target.nameServers, departure);
  return departure;
}

async function leave(target: ConformanceTarget): Promise<Departure> {
  await target.createTopic('ConfAway', 2);
  await target.createTopic('ConfGone', 2);
  await target.createTopic('ConfMoved', 2);
  const [leaving = ''] = target.brokers.keys();
  const itsAddress = target.brokers.get(leaving);
  const queue = { topic: 'ConfGone', brokerName: leaving, queueId: 0 };
  let connections = 0;
  let connectionsAtGoAway = 0;
  const afterResponse = (address: string, _: unknown, { code }: { readonly code: number }): void => {
    if (address === itsAddress && code === GO_AWAY) connectionsAtGoAway = connections;
  };
  const seen = await withProducer(
    target,
    'conf_away',
    async (producer) => {
      producer.events$.subscribe((event) => {
        if (event.type === 'connection' && event.state === 'open' && event.address === itsAddress) connections++;
      });
      let isOver = false;
      let read = 0;
      const more = async (count: number): Promise<void> => {
        const enough = read + count;
        const hasEnough = (): boolean => read >= enough;
        while (!hasEnough()) await delay(10);
      };
      await producer.send({ topic: 'ConfGone', body: 'before', queue });
      await producer.send({ topic: 'ConfMoved', body: 'fetches the route' });
      const sending = lastValueFrom(
        fromPull(
          until(
            'ConfAway',
            () => isOver,
            (n) => (read = n),
          ),
        ).pipe(toRocketMQ<number>(producer), toArray()),
      );
      await more(150);
      await target.shutDownBroker(leaving);
      await more(100);
      const rerouted = await sendRerouted(producer);
      const { failure } = await failureOf(producer.send({ topic: 'ConfGone', body: 'after', queue }));
      isOver = true;
      const receipts = await sending;
      return { sent: receipts.map(({ msgId }) => msgId), connections, connectionsAtGoAway, failure, rerouted };
    },
    { hooks: { afterResponse } },
  );
  await target.startBroker(leaving);
  const stored = await target.readBack(['ConfAway']);
  const storedInItsQueue = (await target.readBack(['ConfGone'])).length;
  return { ...seen, stored: new Set(stored.map(({ msgId }) => msgId)), storedInItsQueue };
}

/** The route still has the broker that left when these are sent: half of them are for it. */
async function sendRerouted(producer: Producer): Promise<readonly string[]> {
  const topic = 'ConfMoved';
  const keyed = Array.from({ length: 20 }, (_, n): Message => ({ topic, body: `key ${n}`, shardingKey: `key ${n}` }));
  const outcomes = lastValueFrom(
    fromPull(keyed).pipe(toRocketMQ(producer, { ordered: { onFailure: 'halt-key' }, onFailure: 'result' }), toArray()),
  );
  const byChance = Array.from({ length: 20 }, (_, n) =>
    producer.send({ topic, body: `chance ${n}` }, { selectQueue: 'random' }),
  );
  const byFunction = ['first', 'last'].map((which) =>
    producer.send({ topic, body: which }, { selectQueue: (queues) => queues.at(which === 'first' ? 0 : -1) }),
  );
  const sent = await Promise.allSettled([...byChance, ...byFunction]);
  return [
    ...(await outcomes).map((outcome) => (outcome.ok ? outcome.queue.brokerName : String(outcome.error))),
    ...sent.map((result) => (result.status === 'fulfilled' ? result.value.queue.brokerName : String(result.reason))),
  ];
}

const goAway: Capability = {
  row: 18,
  title: 'Brokers that go away',
  profile: 'go-away',
  cases: [
    {
      name: 'a broker that shuts down under load loses no message, and costs one more connection where it says GO_AWAY',
      shows: 'success',
      limitMs: LIMIT_MS,
      run: async (target) => {
        const { sent, stored, connections, connectionsAtGoAway } = await departureFrom(target);
        expect(sent.length).toBeGreaterThan(200);
        expect(sent.filter((msgId) => !stored.has(msgId))).toEqual([]);
        // The first, and one more however often GO_AWAY is said; 4.9.7 says nothing, and hangs up.
        expect(connectionsAtGoAway).toBe(target.release === '5.5.0' ? 2 : 0);
        // A server that is closing its connections may still take another.
        expect(connections).toBeLessThanOrEqual(3);
      },
    },
    {
      name: 'keys, chance and selectors that chose a broker that has left choose again, and no key is halted',
      shows: 'success',
      limitMs: LIMIT_MS,
      run: async (target) => {
        const { rerouted } = await departureFrom(target);
        expect(rerouted).toHaveLength(42);
        expect(new Set(rerouted)).toEqual(new Set(['broker-b']));
      },
    },
    {
      name: 'a message for a queue of a broker that has gone is refused, and certainly not stored',
      shows: 'refusal',
      limitMs: LIMIT_MS,
      run: async (target) => {
        const { failure, storedInItsQueue } = await departureFrom(target);
        expect(failure).toMatchObject({ stored: 'no' });
        expect(storedInItsQueue).toBe(1);
      },
    },
  ],
};

export const capabilities: readonly Capability[] = [goAway];
