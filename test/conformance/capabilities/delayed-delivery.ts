/** Row 4: messages that are delivered later, by level or by time, and taken back before they are. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery, Message, Producer, SendReceipt } from '../../../src/index.js';
import { formatRecallHandle, parseRecallHandle } from '../../../src/protocol/recall-handle.js';
import type { Arrival } from '../arrivals.js';
import type { Capability } from '../capability.js';
import { expectRefused, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';

const TIMERS = { releases: ['5.5.0'], because: 'Brokers of 4.x have no timers: they deliver at once.' } as const;
const LIMIT_MS = 50_000;
const LEVEL_1_MS = 1000;
const LEVEL_2_MS = 5000;

interface Sent {
  readonly receipt: SendReceipt;
  /** By the clock of this process, which is the broker's: both run on one machine. */
  readonly dueAt: number;
}

const dueOf = (delivery: Delivery, sentAt: number): number => {
  const { delayLevel, delayMs, deliverAt } = delivery;
  if (delayLevel !== undefined) return sentAt + (delayLevel === 1 ? LEVEL_1_MS : LEVEL_2_MS);
  return deliverAt === undefined ? sentAt + (delayMs ?? 0) : Number(deliverAt);
};

async function sendAll(producer: Producer, topic: string, deliveries: readonly Delivery[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (const delivery of deliveries) {
    const sentAt = Date.now();
    const receipt = await producer.send({ topic, body: JSON.stringify(delivery), delivery });
    sent.push({ receipt, dueAt: dueOf(delivery, sentAt) });
  }
  return sent;
}

/** All of them arrived, each once, and none before its time. */
async function expectInTime(target: ConformanceTarget, topic: string, sent: readonly Sent[]): Promise<Arrival[]> {
  const arrived = await arrivalsOf(target, topic, sent.length);
  expect(arrived.map(({ msgId }) => msgId).toSorted()).toEqual(sent.map(({ receipt }) => receipt.msgId).toSorted());
  const early = sent.flatMap(({ receipt, dueAt }) => {
    const found = arrived.find(({ msgId }) => msgId === receipt.msgId);
    return found !== undefined && found.arrivedAt < dueAt ? [`${found.body}: ${dueAt - found.arrivedAt} ms early`] : [];
  });
  expect(early).toEqual([]);
  return arrived;
}

async function arrivalsOf(target: ConformanceTarget, topic: string, count: number): Promise<Arrival[]> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const arrived = await target.arrivals(topic);
    if (arrived.length >= count || performance.now() > deadline) return arrived;
    await delay(100);
  }
}

const delayed: Capability = {
  row: 4,
  title: 'Delay levels, timer messages, recall',
  profile: 'timers',
  cases: [
    {
      name: 'messages with delay levels are delivered when they are due, and not before',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfDelayLevel';
        await target.createTopic(topic, 2, { attributes: { 'message.type': 'DELAY' } });
        await target.watch(topic);
        await withProducer(target, 'conf_delay_level', async (producer) => {
          const sent = await sendAll(producer, topic, [{ delayLevel: 2 }, { delayLevel: 1 }, { delayLevel: 1 }]);
          const arrived = await expectInTime(target, topic, sent);
          expect(arrived.at(-1)?.body).toBe('{"delayLevel":2}');
          const stored = await target.readBack([topic]);
          expect(stored.map(({ properties }) => properties['DELAY'] ?? 'none').toSorted()).toEqual(['1', '1', '2']);
          expect(stored.map(({ properties }) => properties['REAL_TOPIC'])).toEqual([topic, topic, topic]);
        });
      },
    },
    {
      name: 'timer messages, by delay and by time, are delivered when they are due, and not before',
      shows: 'success',
      only: TIMERS,
      run: async (target) => {
        const topic = 'ConfTimer';
        await target.createTopic(topic, 2, { attributes: { 'message.type': 'DELAY' } });
        await target.watch(topic);
        await withProducer(target, 'conf_timer', async (producer) => {
          const second = Math.ceil(Date.now() / 1000) * 1000;
          const sent = await sendAll(producer, topic, [
            { delayMs: 2500 },
            { delayMs: 100 },
            { delayMs: 1000 },
            { deliverAt: second + 2000 },
            { deliverAt: new Date(second + 2001) },
            { deliverAt: second + 2999 },
            { deliverAt: second - 60_000 },
            { delayMs: 0 },
          ]);
          await expectInTime(target, topic, sent);
          const stored = await target.readBack([topic]);
          const marked = stored.filter(({ properties }) => properties['TIMER_OUT_MS'] !== undefined);
          expect(marked).toHaveLength(sent.length - 2);
          for (const { properties } of marked) {
            expect(Number(properties['TIMER_DEQUEUE_MS'])).toBeGreaterThan(Number(properties['TIMER_OUT_MS']));
          }
        });
      },
    },
    {
      name: 'a timer message that is recalled is never delivered',
      shows: 'success',
      only: TIMERS,
      run: async (target) => {
        const topic = 'ConfRecall';
        await target.createTopic(topic, 1, { attributes: { 'message.type': 'DELAY' } });
        await target.watch(topic);
        await withProducer(target, 'conf_recall', async (producer) => {
          const [recalled, kept] = await sendAll(producer, topic, [{ delayMs: 1500 }, { delayMs: 2600 }]);
          if (recalled === undefined || kept === undefined) throw new Error('not sent');
          const { msgId, recallHandle = '' } = recalled.receipt;
          expect(parseRecallHandle(recallHandle)).toMatchObject({ topic, brokerName: 'broker-a', uniqueKey: msgId });
          expect(await producer.recall(topic, recallHandle)).toBe(msgId);
          // Due after the recalled one: when it is there, the other would be.
          await expectInTime(target, topic, [kept]);
        });
      },
    },
    {
      name: 'a timer further ahead than the broker keeps them is refused',
      shows: 'refusal',
      only: TIMERS,
      run: async (target) => {
        await target.createTopic('ConfTimerFar', 1);
        await withProducer(target, 'conf_timer_far', async (producer) => {
          const message: Message = {
            topic: 'ConfTimerFar',
            body: 'far',
            delivery: { delayMs: 100 * 24 * 3600 * 1000 },
          };
          await expectRefused(producer, message, 'RMQ_MESSAGE_REFUSED');
          expect(await target.readBack(['ConfTimerFar'])).toEqual([]);
        });
      },
    },
    {
      name: 'a timer message is not sent to a broker that would deliver it at once',
      shows: 'refusal',
      only: { releases: ['4.9.7'], because: 'Brokers of 5.0 and later have timers.' },
      run: async (target) => {
        await target.createTopic('ConfTimerOld', 1);
        await withProducer(target, 'conf_timer_old', async (producer) => {
          for (const delivery of [{ delayMs: 2000 }, { deliverAt: Date.now() + 2000 }]) {
            await expectRefused(producer, { topic: 'ConfTimerOld', body: 'early', delivery }, 'RMQ_BROKER_TOO_OLD');
          }
          expect(await target.readBack(['ConfTimerOld'])).toEqual([]);
        });
      },
    },
    {
      name: 'recalling a message that is due, or with the handle of another topic, is refused',
      shows: 'refusal',
      only: TIMERS,
      run: async (target) => {
        await target.createTopic('ConfRecallLate', 1);
        await target.createTopic('ConfRecallOther', 1);
        await withProducer(target, 'conf_recall_late', async (producer) => {
          const delivery = { delayMs: 60_000 };
          const { recallHandle = '' } = await producer.send({ topic: 'ConfRecallLate', body: 'later', delivery });
          const handle = parseRecallHandle(recallHandle);
          if (handle === undefined) throw new Error('no handle');
          const late = formatRecallHandle({ ...handle, deliverAt: Date.now() - 1 });
          for (const [topic, recalled] of [
            ['ConfRecallLate', late],
            ['ConfRecallOther', recallHandle],
          ] as const) {
            await expect(producer.recall(topic, recalled)).rejects.toMatchObject({ code: 'RMQ_OPERATION_REFUSED' });
          }
        });
      },
    },
    {
      name: 'a broker that does not let messages be recalled says so',
      shows: 'refusal',
      profile: 'plain',
      only: TIMERS,
      run: async (target) => {
        await target.createTopic('ConfRecallOff', 1);
        await withProducer(target, 'conf_recall_off', async (producer) => {
          const message: Message = { topic: 'ConfRecallOff', body: 'later', delivery: { delayMs: 60_000 } };
          const { recallHandle = '' } = await producer.send(message);
          await expect(producer.recall('ConfRecallOff', recallHandle)).rejects.toMatchObject({
            code: 'RMQ_RECALL_DISABLED',
          });
        });
      },
    },
    {
      name: 'a broker that does not know recalls says so',
      shows: 'refusal',
      only: { releases: ['4.9.7'], because: 'Brokers of 5.3.2 and later know recalls.' },
      run: async (target) => {
        await target.createTopic('ConfRecallOld', 1);
        await withProducer(target, 'conf_recall_old', async (producer) => {
          const { queue, msgId } = await producer.send({ topic: 'ConfRecallOld', body: 'now' });
          const { brokerName } = queue;
          const handle = { topic: 'ConfRecallOld', brokerName, deliverAt: Date.now() + 60_000, uniqueKey: msgId };
          await expect(producer.recall('ConfRecallOld', formatRecallHandle(handle))).rejects.toMatchObject({
            code: 'RMQ_REQUEST_UNSUPPORTED',
          });
        });
      },
    },
    {
      name: 'deliveries that no broker could keep are refused before anything is sent',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfDelayWrong', 1);
        await withProducer(target, 'conf_delay_wrong', async (producer) => {
          const plain = { topic: 'ConfDelayWrong', body: 'wrong' };
          for (const wrong of [
            { delivery: { delayLevel: 1, delayMs: 5 } },
            { delivery: { delayLevel: 19 } },
            { delivery: { delayLevel: 1 }, priority: 1 },
            { delivery: { delayMs: 5 }, liteTopic: 'lite' },
          ]) {
            // @ts-expect-error The types refuse some of it already.
            await expectRefused(producer, { ...plain, ...wrong }, 'RMQ_MESSAGE_INVALID');
          }
          expect(await target.readBack(['ConfDelayWrong'])).toEqual([]);
        });
      },
    },
  ],
};

export const capabilities = [delayed];
