/** Row 11: one cluster for many, by names (v1) or by fields (v2). */
import type { Message, MessageQueue } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { answerFirst, expectRefused, expectStored, streamAll, withProducer } from '../sending.js';
import { recordOf } from '../sent-record.js';

const SPACE = 'ConfSpace';
/** A consumer that has just started needs some seconds until it is given its queues. */
const REPLY_MS = 15_000;

const namespaces: Capability = {
  row: 11,
  title: 'Namespaces, by renaming',
  profile: 'plain',
  cases: [
    {
      name: 'messages lie in the topic of the namespace, and a Java consumer in it reads them under the plain name',
      shows: 'success',
      run: async (target) => {
        await target.createTopic(`${SPACE}%ConfItems`, 2);
        await withProducer(
          target,
          'conf_space',
          async (producer) => {
            const messages = Array.from({ length: 20 }, (_, i): Message => ({ topic: 'ConfItems', body: `item ${i}` }));
            const sent = await streamAll(producer, messages);
            expect(sent.map(({ receipt }) => receipt?.queue.topic)).toEqual(messages.map(() => 'ConfItems'));
            const stored = await target.readBack([`${SPACE}%ConfItems`]);
            expect(new Set(stored.map(({ msgId }) => msgId))).toEqual(
              new Set(sent.map(({ receipt }) => receipt?.msgId)),
            );
            expect(stored).toHaveLength(sent.length);
            expect(new Set(stored.map(({ properties }) => properties['INSTANCE_ID']))).toEqual(new Set([SPACE]));
            const seen = await target.readInNamespace(SPACE, 'ConfItems');
            expect(seen.map(({ msgId }) => msgId).sort()).toEqual(stored.map(({ msgId }) => msgId).sort());
            expect(new Set(seen.map(({ topic }) => topic))).toEqual(new Set(['ConfItems']));
          },
          { namespace: SPACE },
        );
      },
    },
    {
      name: 'selectors see plain topics, and a queue with a plain topic is the queue of the namespace',
      shows: 'success',
      run: async (target) => {
        await target.createTopic(`${SPACE}%ConfPicked`, 3);
        await withProducer(
          target,
          'conf_space_pick',
          async (producer) => {
            let shown: readonly MessageQueue[] = [];
            const { queue } = await producer.send(
              { topic: 'ConfPicked', body: 'which one?' },
              {
                selectQueue: (queues) => {
                  shown = queues;
                  return queues.find(({ queueId }) => queueId === 2) ?? { topic: '', brokerName: '', queueId: -1 };
                },
              },
            );
            expect(new Set(shown.map(({ topic }) => topic))).toEqual(new Set(['ConfPicked']));
            await producer.send({ topic: 'ConfPicked', body: 'this one', queue });
            const stored = await target.readBack([`${SPACE}%ConfPicked`]);
            expect(stored.map(({ brokerName, queueId }) => ({ topic: 'ConfPicked', brokerName, queueId }))).toEqual([
              queue,
              queue,
            ]);
          },
          { namespace: SPACE },
        );
      },
    },
    {
      name: 'requests are asked and answered within the namespace, by Java and here',
      shows: 'success',
      run: async (target) => {
        await target.createTopic(`${SPACE}%ConfAsked`, 1);
        await target.createTopic(`${SPACE}%ConfAnswered`, 1);
        await withProducer(
          target,
          'conf_space_requests',
          async (producer) => {
            await target.answerRequests('ConfAsked', SPACE);
            const reply = await producer.request({ topic: 'ConfAsked', body: 'from here' }, { timeoutMs: REPLY_MS });
            expect(Buffer.from(reply.body).toString()).toBe('re: from here');
            const asked = target.ask('ConfAnswered', 'from there', REPLY_MS, SPACE);
            const answered = answerFirst(target, `${SPACE}%ConfAnswered`, producer, 'the answer');
            expect((await Promise.all([answered, asked]))[1]).toBe('the answer');
          },
          { namespace: SPACE },
        );
      },
    },
    {
      name: 'a topic that is too long with its namespace is refused before anything is sent',
      shows: 'refusal',
      run: (target) =>
        withProducer(
          target,
          'conf_space_long',
          async (producer) => {
            await expectRefused(producer, { topic: 't'.repeat(120), body: 'x' }, 'RMQ_MESSAGE_INVALID');
            await expectRefused(producer, { topic: 'SCHEDULE_TOPIC_XXXX', body: 'x' }, 'RMQ_MESSAGE_INVALID');
          },
          { namespace: SPACE },
        ),
    },
  ],
};

const namespacesV2: Capability = {
  row: 11,
  title: 'Namespaces, by fields',
  profile: 'plain',
  cases: [
    {
      name: 'brokers without namespaces of this kind store messages under their own names',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfFields', 2);
        await withProducer(
          target,
          'conf_fields',
          async (producer) => {
            const message: Message = { topic: 'ConfFields', body: 'in a space' };
            const record = recordOf(message);
            await expectStored(target, ['ConfFields'], [{ record, receipt: await producer.send(message) }]);
          },
          { namespaceV2: 'conf-space' },
        );
      },
    },
    {
      name: 'a producer of another namespace cannot share the client instance',
      shows: 'refusal',
      run: (target) =>
        withProducer(
          target,
          'conf_fields_one',
          async (first) => {
            await first.start();
            await withProducer(
              target,
              'conf_fields_other',
              async (second) => {
                const error: unknown = await second.start().catch((thrown: unknown) => thrown);
                expect(error).toMatchObject({ code: 'RMQ_CONFIG_INVALID' });
                const refused = await second
                  .send({ topic: 'ConfFields', body: 'x' })
                  .catch((thrown: unknown) => thrown);
                expect(refused).toMatchObject({ code: 'RMQ_CONFIG_INVALID', stored: 'no' });
              },
              { namespaceV2: 'other', instanceName: 'conf-v2' },
            );
          },
          { namespaceV2: 'one', instanceName: 'conf-v2' },
        ),
    },
  ],
};

export const capabilities = [namespaces, namespacesV2];
