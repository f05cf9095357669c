/** Row 6: requests that are answered, and answers to requests; the official client is on the other side. */
import { from, lastValueFrom, toArray } from 'rxjs';
import { type Message, requestReply } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { answerFirst, failureOf, withProducer } from '../sending.js';

/** A consumer that has just started needs some seconds until it is given its queues. */
const TIMEOUT_MS = 15_000;

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
