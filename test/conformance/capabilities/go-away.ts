/** Row 18: brokers that leave, and say so to those who understand it. */
import { setTimeout as delay } from 'node:timers/promises';
import { lastValueFrom, toArray } from 'rxjs';
import { fromPull, type Message, toRocketMQ } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { failureOf, withProducer } from '../sending.js';

/** More than a broker takes to be gone. */
const LIMIT_MS = 90_000;

async function* until(topic: string, isOver: () => boolean): AsyncGenerator<Message<number>> {
  for (let n = 0; !isOver(); n++) {
    yield { topic, body: `number ${n}`, keys: `away-${n}`, context: n };
    await delay(2);
  }
}

const goAway: Capability = {
  row: 18,
  title: 'Brokers that go away',
  profile: 'go-away',
  cases: [
    {
      name: 'a broker that shuts down under load loses no message, and costs no more than a few connections',
      shows: 'success',
      limitMs: LIMIT_MS,
      run: async (target) => {
        await target.createTopic('ConfAway', 2);
        const [leaving = ''] = target.brokers.keys();
        const address = target.brokers.get(leaving);
        const opened: string[] = [];
        const receipts = await withProducer(target, 'conf_away', async (producer) => {
          producer.events$.subscribe((event) => {
            if (event.type === 'connection' && event.state === 'open') opened.push(event.address);
          });
          let isOver = false;
          const sending = lastValueFrom(
            fromPull(until('ConfAway', () => isOver)).pipe(toRocketMQ<number>(producer), toArray()),
          );
          await delay(1500);
          await target.shutDownBroker(leaving);
          await delay(1000);
          isOver = true;
          return sending;
        });
        await target.startBroker(leaving);
        expect(opened.filter((one) => one === address).length).toBeLessThanOrEqual(4);
        expect(receipts.length).toBeGreaterThan(500);
        const stored = new Set((await target.readBack(['ConfAway'])).map(({ msgId }) => msgId));
        expect(receipts.filter(({ msgId }) => !stored.has(msgId))).toEqual([]);
      },
    },
    {
      name: 'a message for a queue of a broker that has gone is refused, and certainly not stored',
      shows: 'refusal',
      limitMs: LIMIT_MS,
      run: async (target) => {
        await target.createTopic('ConfGone', 2);
        const [gone = ''] = target.brokers.keys();
        const queue = { topic: 'ConfGone', brokerName: gone, queueId: 0 };
        await withProducer(target, 'conf_gone', async (producer) => {
          await producer.send({ topic: 'ConfGone', body: 'before', queue });
          await target.shutDownBroker(gone);
          const { failure } = await failureOf(producer.send({ topic: 'ConfGone', body: 'after', queue }));
          expect(failure).toMatchObject({ stored: 'no' });
        });
        await target.startBroker(gone);
        expect(await target.readBack(['ConfGone'])).toHaveLength(1);
      },
    },
  ],
};

export const capabilities: readonly Capability[] = [goAway];
