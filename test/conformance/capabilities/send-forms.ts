/** Row 1: every way in which a single message can be handed over, and what the broker may say against it. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Message, MessageQueue, QueueSelector } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { withServer } from '../other-server.js';
import {
  BROKER_LIMIT_BYTES,
  contents,
  expectOnlyNextStored,
  expectRefused,
  expectStored,
  failureOf,
  MIB,
  placeOf,
  readAtLeast,
  streamAll,
  withProducer,
} from '../sending.js';
import { differencesFrom, recordOf } from '../sent-record.js';

/** What 4.9.7 has room for, as sent. */
const MAX_SENT_PROPERTIES_BYTES = 32_755;

const sendForms: Capability = {
  row: 1,
  title: 'Send forms',
  profile: 'plain',
  cases: [
    {
      name: 'one message sent by send() is stored as it was sent, where the receipt says',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfOne', 4);
        await withProducer(target, 'conf_one', async (producer) => {
          const message: Message = { topic: 'ConfOne', body: 'hello' };
          const record = recordOf(message);
          const receipt = await producer.send(message);
          expect(receipt).toMatchObject({ ok: true, status: 'SEND_OK', attempts: 1 });
          await expectStored(target, ['ConfOne'], [{ record, receipt }]);
        });
      },
    },
    {
      name: 'a stream of messages with every kind of content uses all queues and is stored as it was sent',
      shows: 'success',
      run: async (target) => {
        const queues = 4;
        await target.createTopic('ConfMany', queues);
        await withProducer(target, 'conf_many', async (producer) => {
          const sent = await streamAll(producer, contents('ConfMany'));
          const stored = await expectStored(target, ['ConfMany'], sent);
          expect(new Set(stored.map(placeOf)).size).toBe(queues * target.brokers.size);
        });
      },
    },
    {
      name: 'a message for one queue goes to that queue',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfQueue', 4);
        await withProducer(target, 'conf_queue', async (producer) => {
          const { queue: known } = await producer.send({
            topic: 'ConfQueue',
            body: 'where is a broker?',
            tag: 'first',
          });
          const queue = { topic: 'ConfQueue', brokerName: known.brokerName, queueId: 3 };
          const messages = Array.from({ length: 8 }, (_, i): Message => ({
            topic: 'ConfQueue',
            body: `number ${i}`,
            queue,
          }));
          const sent = await streamAll(producer, messages);
          expect(sent.map(({ receipt }) => receipt?.queue)).toEqual(messages.map(() => queue));
          const stored = await target.readBack(['ConfQueue']);
          expect(stored.filter((copy) => copy.properties['TAGS'] !== 'first').map(placeOf)).toEqual(
            messages.map(() => placeOf(queue)),
          );
        });
      },
    },
    {
      name: 'a selector is asked once, with all queues, and its queue is used; so is the one of a oneway message',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfSelector', 3);
        await withProducer(target, 'conf_selector', async (producer) => {
          const asked: number[] = [];
          const select = (argument: number) => (queues: readonly MessageQueue[]) => {
            asked.push(queues.length);
            return queues[argument % queues.length];
          };
          const sendOrder = async (orderId: number): Promise<MessageQueue> => {
            const message: Message = { topic: 'ConfSelector', body: `order ${orderId}` };
            return (await producer.send(message, { selectQueue: select(orderId) })).queue;
          };
          const first = await sendOrder(0);
          const places = [first, await sendOrder(4), await sendOrder(4), await sendOrder(11)].map(placeOf);
          expect([places[1], new Set(places).size]).toEqual([places[2], 3]);
          producer.sendOneway({ topic: 'ConfSelector', body: 'by selector' }, { selectQueue: select(0) });
          producer.sendOneway({ topic: 'ConfSelector', body: 'by queue' }, { queue: first });
          await producer.flush();
          expect(asked).toEqual(Array.from({ length: 5 }, () => 3 * target.brokers.size));
          const stored = await readAtLeast(target, ['ConfSelector'], 6);
          expect(stored.map(placeOf).sort()).toEqual([...places, placeOf(first), placeOf(first)].sort());
        });
      },
    },
    {
      name: 'callbacks and awaited sends are one: a hundred at once, each with its own receipt',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfAtOnce', 2);
        await withProducer(target, 'conf_at_once', async (producer) => {
          const messages = contents('ConfAtOnce').slice(0, 100);
          const records = messages.map(recordOf);
          const receipts = await Promise.all(messages.map((message) => producer.send(message, { timeoutMs: 10_000 })));
          const sent = receipts.flatMap((receipt, n) => {
            const record = records[n];
            return record === undefined ? [] : [{ record, receipt }];
          });
          await expectStored(target, ['ConfAtOnce'], sent);
        });
      },
    },
    {
      name: 'oneway messages are stored as they were sent',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfOneway', 4);
        await withProducer(target, 'conf_oneway', async (producer) => {
          const messages = contents('ConfOneway');
          const records = messages.map(recordOf);
          for (const message of messages) producer.sendOneway(message);
          await producer.flush();

          const stored = await readAtLeast(target, ['ConfOneway'], messages.length);
          expect(stored).toHaveLength(messages.length);
          expect(new Set(stored.map((copy) => copy.msgId)).size).toBe(messages.length);
          const byKeys = new Map(stored.map((copy) => [copy.properties['KEYS'], copy]));
          const found = records.flatMap((record) => {
            const copy = byKeys.get(record.properties.get('KEYS'));
            return copy === undefined ? ['not stored'] : differencesFrom(record, copy);
          });
          expect(found).toEqual([]);
        });
      },
    },
    {
      name: 'waitStoreMsgOk false is passed on to the broker',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfWait', 1);
        await withProducer(target, 'conf_wait', async (producer) => {
          const messages = [true, false].map((waitStoreMsgOk): Message => ({
            topic: 'ConfWait',
            body: 'wait?',
            waitStoreMsgOk,
          }));
          await expectStored(target, ['ConfWait'], await streamAll(producer, messages));
        });
      },
    },
    {
      name: 'a selector that returns another queue, or none, or throws, fails its own message before it is sent',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfBadSelector', 2);
        await withProducer(target, 'conf_bad_selector', async (producer) => {
          const message: Message = { topic: 'ConfBadSelector', body: 'refused' };
          const elsewhere = { topic: 'ConfBadSelector', brokerName: 'broker-nowhere', queueId: 0 };
          const bad: Exclude<QueueSelector, string>[] = [
            () => elsewhere,
            () => undefined,
            () => {
              throw new Error('no idea');
            },
          ];
          for (const selectQueue of bad) {
            const error = await failureOf(producer.send(message, { selectQueue }));
            expect(error).toMatchObject({ code: 'RMQ_SELECTOR_FAILED', stored: 'no' });
          }
          const queue = { ...elsewhere, topic: 'ConfOtherTopic' };
          expect(await failureOf(producer.send(message, { queue }))).toMatchObject({ stored: 'no' });
          await expectOnlyNextStored(target, producer, 'ConfBadSelector');
        });
      },
    },
    {
      name: 'a send with a time of its own is over when that is, and nothing is stored after it',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfTimeout', 2);
        const silent = (socket: Socket): Socket => socket.resume();
        await withServer(silent, (address) =>
          withProducer(
            target,
            'conf_timeout',
            async (producer) => {
              const error = await failureOf(producer.send({ topic: 'ConfTimeout', body: 'late' }, { timeoutMs: 300 }));
              expect(error).toMatchObject({ code: 'RMQ_ATTEMPT_TIMEOUT', stored: 'maybe', detail: { address } });
            },
            { mapBrokerAddress: () => address, sendTimeoutMs: 3_600_000 },
          ),
        );
        expect(await target.readBack(['ConfTimeout'])).toEqual([]);
      },
    },
    {
      name: 'a body over the limit of the broker is refused, and nothing of it is stored',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfTooLarge', 1);
        const body = randomBytes(BROKER_LIMIT_BYTES + 1);
        await withProducer(
          target,
          'conf_too_large',
          async (producer) => {
            await expectRefused(producer, { topic: 'ConfTooLarge', body, tag: 'refused' }, 'RMQ_MESSAGE_REFUSED');
            await expectOnlyNextStored(target, producer, 'ConfTooLarge');
          },
          { maxMessageBytes: 8 * MIB, compress: false },
        );
      },
    },
    {
      name: 'properties that leave no room for those of the broker are refused',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfProperties', 1);
        await withProducer(target, 'conf_properties', async (producer) => {
          const { msgId } = await producer.send({ topic: 'ConfProperties', body: 'how long is a unique key?' });
          const own = `UNIQ_KEY=${msgId};WAIT=true;big=;`.length;
          const ofBytes = (bytes: number, body: string): Message => ({
            topic: 'ConfProperties',
            body,
            properties: { big: 'x'.repeat(bytes - own) },
          });
          const error = await failureOf(producer.send(ofBytes(MAX_SENT_PROPERTIES_BYTES + 1, 'no broker has room')));
          expect(error).toMatchObject({ code: 'RMQ_MESSAGE_TOO_LARGE', stored: 'no', detail: { attempts: 0 } });
          // 5.x adds more of its own than 4.x.
          const large = ofBytes(MAX_SENT_PROPERTIES_BYTES - 20, 'large');
          const kept = [msgId];
          if (target.release === '4.9.7') kept.push((await producer.send(large)).msgId);
          else await expectRefused(producer, large, 'RMQ_MESSAGE_REFUSED');
          const stored = await target.readBack(['ConfProperties']);
          expect(new Set(stored.map((copy) => copy.msgId))).toEqual(new Set(kept));
        });
      },
    },
    {
      name: 'a message to a topic that may not be created is refused',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfNoTemplate', 1);
        await withProducer(
          target,
          'conf_not_created',
          (producer) => expectRefused(producer, { topic: 'ConfNeverCreated', body: 'refused' }, 'RMQ_TOPIC_MISSING'),
          // an ordinary topic has a route, but passes nothing on to new topics
          { createTopicKey: 'ConfNoTemplate' },
        );
      },
    },
    {
      name: 'a message for a queue that no longer exists is refused',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfShrunk', 8);
        await withProducer(target, 'conf_shrunk', async (producer) => {
          const first = await producer.send({ topic: 'ConfShrunk', body: 'fetches the route' });
          await target.createTopic('ConfShrunk', 2);
          const queue = { ...first.queue, queueId: 7 };
          await expectRefused(producer, { topic: 'ConfShrunk', body: 'refused', queue }, 'RMQ_QUEUE_REFUSED');
        });
      },
    },
  ],
};

export const capabilities = [sendForms];
