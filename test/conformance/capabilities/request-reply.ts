/** Row 6: requests that are answered, and answers to requests; the official client is on the other side. */
import { setTimeout as delay } from 'node:timers/promises';
import { filter, from, lastValueFrom, take, toArray } from 'rxjs';
import { type Message, type Producer, requestReply } from '../../../src/index.js';
import { RawClient } from '../../src/testing/raw-client.js';
import type { Capability } from '../capability.js';
import { Detour } from '../detour.js';
import { answerFirst, failureOf, withProducer } from '../sending.js';

/** A consumer that has just started needs some seconds until it is given its queues. */
const TIMEOUT_MS = 15_000;
const LATE_CLOSE_MS = 500;

/** As another process that has this client id: it tells a group, and takes it back. */
async function comeAndLeave(address: string, clientID: string): Promise<void> {
  const namesake = await RawClient.connect(address);
  const body = JSON.stringify({ clientID, consumerDataSet: [], producerDataSet: [{ groupName: 'conf_same_id' }] });
  await namesake.request('HEART_BEAT', { body: Buffer.from(body) });
  await namesake.request('UNREGISTER_CLIENT', { fields: { clientID, producerGroup: 'conf_same_id' } });
  await namesake.close();
}

const requests: Capability = {
  row: 6,
  title: 'Request and reply',
  profile: 'plain',
  cases: [
    {
      name: 'requests, alone and in a stream, are answered by the other client, each with its own reply',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfRequestAsk';
        await target.createTopic(topic, 2);
        await target.answerRequests(topic);
        await withProducer(target, 'conf_ask', async (producer) => {
          const one = await producer.request({ topic, body: 'größe 消息 🚀' }, { timeoutMs: TIMEOUT_MS });
          expect(Buffer.from(one.body).toString()).toBe('re: größe 消息 🚀');
          const messages = Array.from({ length: 30 }, (_, i): Message<number> => ({ topic, body: `${i}`, context: i }));
          const options = { timeoutMs: TIMEOUT_MS, window: 8 };
          const replies = await lastValueFrom(from(messages).pipe(requestReply(producer, options), toArray()));
          const answered = replies.toSorted((a, b) => a.context - b.context);
          expect(answered.map(({ body }) => Buffer.from(body).toString())).toEqual(messages.map((_, i) => `re: ${i}`));
          const stored = await target.readBack([topic]);
          expect(stored.map(({ msgId }) => msgId).toSorted()).toEqual(
            [one, ...replies].map(({ receipt }) => receipt.msgId).toSorted(),
          );
        });
      },
    },
    {
      name: 'a request of the other client is answered here',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfRequestAnswer';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_answer', async (producer) => {
          const asked = target.ask(topic, 'a question', TIMEOUT_MS);
          await Promise.all([answerFirst(target, topic, producer, 'the answer: ✓'), asked]);
          expect(await asked).toBe('the answer: ✓');
        });
      },
    },
    {
      name: 'a request that is lost because a client of the same id has left is the last one',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfRequestNamesake';
        await target.createTopic(topic, 2);
        await target.answerRequests(topic);
        await withProducer(target, 'conf_namesake', async (producer) => {
          await producer.request({ topic, body: 'before' }, { timeoutMs: TIMEOUT_MS });
          const [stored] = await target.readBack([topic]);
          const clientId = stored?.properties['REPLY_TO_CLIENT'] ?? '';
          for (const address of target.brokers.values()) await comeAndLeave(address, clientId);
          const lost = await failureOf(producer.request({ topic, body: 'lost' }, { timeoutMs: 2000 }));
          expect(lost.code).toBe('RMQ_REPLY_TIMEOUT');
          for (let n = 0; n < 4; n++) {
            const { body } = await producer.request({ topic, body: `after ${n}` }, { timeoutMs: TIMEOUT_MS });
            expect(Buffer.from(body).toString()).toBe(`re: after ${n}`);
          }
        });
      },
    },
    {
      name: 'requests are answered although brokers close old connections of the client late',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfRequestReconnect';
        await target.createTopic(topic, 2);
        await target.answerRequests(topic);
        const detours = new Map<string, Detour>();
        for (const address of target.brokers.values()) detours.set(address, await Detour.open(address));
        const mapBrokerAddress = (address: string): string => detours.get(address)?.address ?? address;
        const ask = async (producer: Producer, question: string): Promise<void> => {
          const { body } = await producer.request({ topic, body: question }, { timeoutMs: TIMEOUT_MS });
          expect(Buffer.from(body).toString()).toBe(`re: ${question}`);
        };
        try {
          await withProducer(
            target,
            'conf_reconnect',
            async (producer) => {
              await ask(producer, 'before');
              const lost = lastValueFrom(
                producer.events$.pipe(
                  filter((event) => event.type === 'connection' && event.state === 'closed'),
                  take(detours.size),
                ),
              );
              for (const detour of detours.values()) detour.cutClients();
              await lost;
              await ask(producer, 'after the cut');
              for (const detour of detours.values()) await detour.endCut();
              // A broker handles the end of a connection when it comes to it.
              await delay(LATE_CLOSE_MS);
              for (let n = 0; n < 4; n++) await ask(producer, `after the late close ${n}`);
            },
            { mapBrokerAddress },
          );
        } finally {
          for (const detour of detours.values()) detour.close();
        }
      },
    },
    {
      name: 'a request that nobody answers fails in its time, and is stored',
      shows: 'refusal',
      run: async (target) => {
        const topic = 'ConfRequestUnanswered';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_unanswered', async (producer) => {
          const error = await failureOf(producer.request({ topic, body: 'anybody?' }, { timeoutMs: 1000 }));
          expect(error).toMatchObject({ code: 'RMQ_REPLY_TIMEOUT', stored: 'maybe' });
          expect((await target.readBack([topic])).map(({ msgId }) => msgId)).toEqual([error.failure.msgId]);
        });
      },
    },
    {
      name: 'a reply to a requester that has gone is refused, and so is a reply to what is no request',
      shows: 'refusal',
      run: async (target) => {
        const topic = 'ConfRequesterGone';
        await target.createTopic(topic, 1);
        await withProducer(target, 'conf_gone_asks', async (producer) => {
          await failureOf(producer.request({ topic, body: 'gone' }, { timeoutMs: 300 }));
        });
        await withProducer(target, 'conf_gone_answers', async (producer) => {
          const answering = answerFirst(target, topic, producer, 'too late');
          expect(await failureOf(answering)).toMatchObject({ code: 'RMQ_REQUESTER_MISSING' });
          await expect(producer.reply({ properties: {} }, 'x')).rejects.toMatchObject({ code: 'RMQ_ARGUMENT_INVALID' });
        });
      },
    },
  ],
};

export const capabilities = [requests];
