/** Row 9: 5.x proxies, in the place of name servers, that tell routes and take messages only from those they know. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Credentials, type Message, type Producer, SendError } from '../../../src/index.js';
import { ADMIN } from '../access-users.js';
import type { Capability } from '../capability.js';
import { contents, expectStored, failureOf, streamAll, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';

const SINCE_5 = { releases: ['5.5.0'], because: 'Proxies came with 5.0, and name servers let everybody in.' } as const;
const GET_ROUTE = 105;

const proxyAccess: Capability = {
  row: 9,
  title: 'Access control at proxies',
  profile: 'proxy',
  cases: [
    {
      name: 'with the right credentials routes are told and messages stored as they were sent, in both header encodings',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        for (const header of ['json', 'binary'] as const) {
          const topic = `ConfProxyAccess-${header}`;
          await target.createTopic(topic, 2);
          await withProducer(
            target,
            `conf_proxy_access_${header}`,
            async (producer) => expectStored(target, [topic], await streamAll(producer, contents(topic).slice(0, 50))),
            { credentials: ADMIN, header },
          );
        }
      },
    },
    {
      name: 'a user who may send to one topic, and may not see the default topic, sends to it',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        const topic = 'ConfProxyGranted';
        const user = { accessKey: 'conformanceProxied', secretKey: 'conformance-proxied-secret' };
        await target.createTopic(topic, 1);
        await target.allowSending(user, topic);
        await withProducer(
          target,
          'conf_proxy_granted',
          async (producer) => expectStored(target, [topic], await streamAll(producer, [{ topic, body: 'granted' }])),
          { credentials: user },
        );
      },
    },
    {
      name: 'credentials rotate through a function: when the proxy has heard of it, one message is refused, and the next one stored',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        const topic = 'ConfProxyRotated';
        const accessKey = 'conformanceProxyRotated';
        let user: Credentials = { accessKey, secretKey: 'conformance-first-secret' };
        await target.createTopic(topic, 1);
        await target.allowSending(user, topic);
        await withProducer(
          target,
          'conf_proxy_rotated',
          async (producer) => {
            const stored = [(await producer.send({ topic, body: 'signed with the first secret' })).msgId];
            // The default topic is refused at the start, and after a refusal credentials are asked for once a second.
            await delay(1100);
            user = { accessKey, secretKey: 'conformance-second-secret' };
            await target.allowSending(user, topic);
            expectDenied(await sendUntilRefused(producer, { topic, body: 'with the first secret still' }, stored), 1);
            stored.push((await producer.send({ topic, body: 'signed with the second secret' })).msgId);
            await expectOnly(target, topic, stored);
          },
          { credentials: () => user },
        );
      },
    },
    {
      name: 'a message without credentials is refused when its route is asked for, once',
      shows: 'refusal',
      only: SINCE_5,
      run: (target) => expectNoRoute(target, 'ConfProxyNobody', undefined, /username cannot be null/),
    },
    {
      name: 'a message of a user nobody knows is refused when its route is asked for, once',
      shows: 'refusal',
      only: SINCE_5,
      run: (target) => {
        const stranger = { ...ADMIN, accessKey: 'conformanceProxyStranger' };
        return expectNoRoute(target, 'ConfProxyUnknown', stranger, /User:conformanceProxyStranger is not found/);
      },
    },
    {
      name: 'a message signed with a wrong secret is refused when its route is asked for, once',
      shows: 'refusal',
      only: SINCE_5,
      run: (target) => {
        const impostor = { ...ADMIN, secretKey: 'conformance-wrong-secret' };
        return expectNoRoute(target, 'ConfProxyWrong', impostor, /check signature failed/);
      },
    },
    {
      name: 'a message of a user who may send to another topic only is refused when its route is asked for, once',
      shows: 'refusal',
      only: SINCE_5,
      run: async (target) => {
        const user = { accessKey: 'conformanceProxyOther', secretKey: 'conformance-other-secret' };
        await target.createTopic('ConfProxyOther', 1);
        await target.allowSending(user, 'ConfProxyOther');
        await expectNoRoute(target, 'ConfProxyForbidden', user, /no permission to access Topic:ConfProxyForbidden/);
      },
    },
  ],
};

/** The message fails with the refusal of the route, which was asked for once; nothing of it is stored. */
async function expectNoRoute(
  target: ConformanceTarget,
  topic: string,
  credentials: Credentials | undefined,
  remark: RegExp,
): Promise<void> {
  await target.createTopic(topic, 1);
  let questions = 0;
  const send = async (producer: Producer): Promise<void> => {
    const error = await failureOf(producer.send({ topic, body: 'refused' }));
    expectDenied(error, 0);
    expect(error.message).toMatch(remark);
    expect(error.message).toContain(target.nameServers);
    expect(error.detail).toMatchObject({ topic, address: target.nameServers });
    expect(questions).toBe(1);
    await expectOnly(target, topic, []);
  };
  const beforeRequest = (_: string, { code, fields }: { code: number; fields: ReadonlyMap<string, string> }): void => {
    if (code === GET_ROUTE && fields.get('topic') === topic) questions++;
  };
  await withProducer(target, 'conf_proxy_refused', send, {
    hooks: { beforeRequest },
    ...(credentials && { credentials }),
  });
}

/** For good, in so many attempts at a broker; the secret is not part of what is said about it. */
function expectDenied(error: SendError, attempts: number): void {
  expect(error).toMatchObject({ code: 'RMQ_ACCESS_DENIED', stored: 'no', retryable: false });
  expect(error.advice).toContain('secretKey');
  expect(error.failure.attempts).toHaveLength(attempts);
  expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/conformance-\w+-secret/);
}

/** Proxies remember users for a while (here for a second): until then messages are stored as before. */
async function sendUntilRefused(producer: Producer, message: Message, stored: string[]): Promise<SendError> {
  for (let tries = 0; tries < 100; tries++) {
    const sent = await producer.send(message).catch((error: unknown) => error);
    if (sent instanceof SendError) return sent;
    if (typeof sent === 'object' && sent !== null && 'msgId' in sent) stored.push(String(sent.msgId));
    await delay(200);
  }
  throw new Error('the proxy never heard of the new secret');
}

async function expectOnly(target: ConformanceTarget, topic: string, msgIds: readonly string[]): Promise<void> {
  const stored = await target.readBack([topic]);
  expect(stored.map(({ msgId }) => msgId).toSorted()).toEqual(msgIds.toSorted());
}

export const capabilities = [proxyAccess];
