/** Row 20: what brokers of 5.4 and 5.5 can do beside: priorities and lite topics. */
import type { Message } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { expectRefused, expectStored, withProducer } from '../sending.js';
import { recordOf } from '../sent-record.js';

const NEW = { releases: ['5.5.0'], because: 'Priorities are known since 5.4, lite topics since 5.5.' } as const;

const additions: Capability = {
  row: 20,
  title: 'Priorities, lite topics',
  profile: 'lite',
  cases: [
    {
      name: 'the priority of a message chooses its queue, the highest number last',
      shows: 'success',
      only: NEW,
      run: async (target) => {
        const topic = 'ConfPriority';
        await target.createTopic(topic, 4, { attributes: { 'message.type': 'PRIORITY' } });
        await withProducer(target, 'conf_priority', async (producer) => {
          const sent = [];
          for (const priority of [0, 2, 3, 5]) {
            const message: Message = { topic, body: `priority ${priority}`, priority };
            sent.push({ record: recordOf(message), receipt: await producer.send(message) });
          }
          expect(sent.map(({ receipt }) => receipt.queue.queueId)).toEqual([0, 2, 3, 3]);
          const stored = await expectStored(target, [topic], sent);
          expect(stored.map(({ properties }) => properties['_SYS_MSG_PRIORITY_'] ?? 'none').toSorted()).toEqual([
            '0',
            '2',
            '3',
            '5',
          ]);
        });
      },
    },
    {
      name: 'messages of lite topics are dispatched to their light queues',
      shows: 'success',
      only: NEW,
      run: async (target) => {
        const topic = 'ConfLite';
        await target.createTopic(topic, 2, { attributes: { 'message.type': 'LITE' } });
        await withProducer(target, 'conf_lite', async (producer) => {
          const sent = [];
          for (const [liteTopic, offset] of [
            ['lite-1', '0'],
            ['lite-2', '0'],
            ['lite-1', '1'],
          ] as const) {
            const message: Message = { topic, body: `for ${liteTopic}`, liteTopic };
            const record = recordOf(message);
            // Where in its light queue the broker put it.
            const properties = new Map([...record.properties, ['INNER_MULTI_QUEUE_OFFSET', offset]]);
            sent.push({ record: { ...record, properties }, receipt: await producer.send(message) });
          }
          const stored = await expectStored(target, [topic], sent);
          expect(stored.map(({ properties }) => properties['INNER_MULTI_DISPATCH'] ?? 'none').toSorted()).toEqual([
            '%LMQ%$ConfLite$lite-1',
            '%LMQ%$ConfLite$lite-1',
            '%LMQ%$ConfLite$lite-2',
          ]);
        });
      },
    },
    {
      name: 'a message that asks for neither is stored in the queue that was chosen, as any other',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfNoPriority';
        await target.createTopic(topic, 4, { attributes: { 'message.type': 'PRIORITY' } });
        await withProducer(target, 'conf_no_priority', async (producer) => {
          const message: Message = { topic, body: 'ordinary', queue: { topic, brokerName: 'broker-a', queueId: 2 } };
          const sent = { record: recordOf(message), receipt: await producer.send(message) };
          expect(sent.receipt.queue).toEqual(message.queue);
          await expectStored(target, [topic], [sent]);
        });
      },
    },
    {
      name: 'a message that asks for a priority or a lite topic is not sent to a broker that knows neither',
      shows: 'refusal',
      only: { releases: ['4.9.7'], because: 'Brokers of 5.5 know both.' },
      run: async (target) => {
        await target.createTopic('ConfPriorityOld', 1);
        await withProducer(target, 'conf_priority_old', async (producer) => {
          for (const special of [{ priority: 1 }, { liteTopic: 'lite-1' }]) {
            await expectRefused(producer, { topic: 'ConfPriorityOld', body: 'x', ...special }, 'RMQ_BROKER_TOO_OLD');
          }
          expect(await target.readBack(['ConfPriorityOld'])).toEqual([]);
        });
      },
    },
    {
      name: 'what brokers would drop or could not name is refused before anything is sent',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfSpecialWrong', 1);
        await withProducer(target, 'conf_special_wrong', async (producer) => {
          const plain = { topic: 'ConfSpecialWrong', body: 'wrong' };
          for (const wrong of [
            { priority: -1 },
            { priority: 1, shardingKey: 'k' },
            { priority: 1, liteTopic: 'lite' },
            { liteTopic: 'a$b' },
            { liteTopic: 'lite', shardingKey: 'k' },
          ]) {
            await expectRefused(producer, { ...plain, ...wrong }, 'RMQ_MESSAGE_INVALID');
          }
          expect(await target.readBack(['ConfSpecialWrong'])).toEqual([]);
        });
      },
    },
  ],
};

export const capabilities = [additions];
