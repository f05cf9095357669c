/** Row 9: brokers that let only those in whose requests are signed with a secret they know. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Credentials, Message, Producer } from '../../../src/index.js';
import { ADMIN } from '../access-users.js';
import type { Capability } from '../capability.js';
import { contents, expectStored, failureOf, readAtLeast, streamAll, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';

/** Indexing takes brokers a moment. */
const FIND_LIMIT_MS = 15_000;

const accessControl: Capability = {
  row: 9,
  title: 'Access control',
  profile: 'access-control',
  cases: [
    {
      name: 'messages of all kinds are let in with the right credentials and stored as they were sent, in both header encodings',
      shows: 'success',
      run: async (target) => {
        for (const header of ['json', 'binary'] as const) {
          const topic = `ConfAccess-${header}`;
          await target.createTopic(topic, 4);
          await withProducer(
            target,
            `conf_access_${header}`,
            async (producer) => expectStored(target, [topic], await streamAll(producer, contents(topic))),
            { credentials: ADMIN, header },
          );
        }
      },
    },
    {
      name: 'oneway messages are let in too',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfAccessOneway';
        await target.createTopic(topic, 1);
        await withProducer(
          target,
          'conf_access_oneway',
          async (producer) => {
            const bodies = ['one', 'two', 'three'];
            for (const keys of bodies) producer.sendOneway({ topic, body: keys, keys });
            await producer.flush();
            const stored = await readAtLeast(target, [topic], bodies.length);
            expect(new Set(stored.map(({ properties }) => properties['KEYS']))).toEqual(new Set(bodies));
            expect(stored).toHaveLength(bodies.length);
          },
          { credentials: ADMIN },
        );
      },
    },
    {
      name: 'a topic without attributes is created with the right credentials, in both header encodings',
      shows: 'success',
      run: async (target) => {
        for (const header of ['json', 'binary'] as const) {
          const topic = `ConfAccessCreated-${header}`;
          await withProducer(
            target,
            `conf_access_created_${header}`,
            async (producer) => {
              await producer.admin.createTopic(topic, { queues: 1 });
              const { msgId } = await producer.send({ topic, body: 'created before' });
              await expectOnly(target, topic, [msgId]);
            },
            { credentials: ADMIN, header },
          );
        }
      },
    },
    {
      name: 'what was sent is found by key, by unique key and by place with the right credentials, in both header encodings',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfAccessFound';
        await target.createTopic(topic, 1);
        for (const header of ['json', 'binary'] as const) {
          await withProducer(
            target,
            `conf_access_found_${header}`,
            async (producer) => {
              const { admin } = producer;
              const { msgId, offsetMsgId } = await producer.send({ topic, body: header, keys: `key-${header}` });
              const deadline = performance.now() + FIND_LIMIT_MS;
              let found = await admin.queryMessages(topic, `key-${header}`);
              while (found.length === 0 && performance.now() < deadline) {
                await delay(100);
                found = await admin.queryMessages(topic, `key-${header}`);
              }
              expect(found.map((message) => message.msgId)).toEqual([msgId]);
              for (const id of [msgId, offsetMsgId]) {
                expect(await admin.viewMessage(topic, id)).toMatchObject({ msgId, body: Buffer.from(header) });
              }
            },
            { credentials: ADMIN, header },
          );
        }
      },
    },
    {
      name: 'a user who may send to one topic sends to it',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfAccessGranted';
        const user = { accessKey: 'conformanceWriter', secretKey: 'conformance-writer-secret' };
        await target.createTopic(topic, 1);
        await target.allowSending(user, topic);
        await withProducer(
          target,
          'conf_access_granted',
          async (producer) => expectStored(target, [topic], await streamAll(producer, [{ topic, body: 'granted' }])),
          { credentials: user },
        );
      },
    },
    {
      name: 'credentials rotate through a function: after a refusal the new ones are used',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfAccessRotated';
        const accessKey = 'conformanceRotated';
        let user: Credentials = { accessKey, secretKey: 'conformance-first-secret' };
        await target.createTopic(topic, 1);
        await target.allowSending(user, topic);
        await withProducer(
          target,
          'conf_access_rotated',
          async (producer) => {
            const before = await producer.send({ topic, body: 'signed with the first secret' });
            user = { accessKey, secretKey: 'conformance-second-secret' };
            await target.allowSending(user, topic);
            await expectDenied(producer, { topic, body: 'signed with the first secret still' });
            const after = await producer.send({ topic, body: 'signed with the second secret' });
            await expectOnly(target, topic, [before.msgId, after.msgId]);
          },
          { credentials: () => user },
        );
      },
    },
    {
      name: 'a message without credentials is refused, at once and for good',
      shows: 'refusal',
      run: (target) => expectRefusedAs(target, 'ConfAccessNobody', undefined, /username cannot be null|No accessKey/),
    },
    {
      name: 'a message of a user nobody knows is refused, at once and for good',
      shows: 'refusal',
      run: (target) => {
        const stranger = { ...ADMIN, accessKey: 'conformanceStranger' };
        return expectRefusedAs(target, 'ConfAccessUnknown', stranger, /conformanceStranger/);
      },
    },
    {
      name: 'a message signed with a wrong secret is refused, at once and for good',
      shows: 'refusal',
      run: (target) => {
        const impostor = { ...ADMIN, secretKey: 'conformance-wrong-secret' };
        return expectRefusedAs(target, 'ConfAccessWrong', impostor, /check signature failed/i);
      },
    },
    {
      name: 'a user who may send to another topic only is refused, at once and for good',
      shows: 'refusal',
      run: async (target) => {
        const user = { accessKey: 'conformanceElsewhere', secretKey: 'conformance-elsewhere-secret' };
        await target.createTopic('ConfAccessElsewhere', 1);
        await target.createTopic('ConfAccessForbidden', 1);
        await target.allowSending(user, 'ConfAccessElsewhere');
        await withProducer(
          target,
          'conf_access_forbidden',
          async (producer) => {
            const message = { topic: 'ConfAccessForbidden', body: 'refused' };
            expect(await expectDenied(producer, message)).toContain('ConfAccessForbidden');
            await expectOnly(target, 'ConfAccessForbidden', []);
          },
          { credentials: user },
        );
      },
    },
  ],
};

/** The message is refused, in one attempt, and nothing of it is stored. */
async function expectRefusedAs(
  target: ConformanceTarget,
  topic: string,
  credentials: Credentials | undefined,
  remark: RegExp,
): Promise<void> {
  await target.createTopic(topic, 1);
  const send = async (producer: Producer): Promise<void> => {
    expect(await expectDenied(producer, { topic, body: 'refused' })).toMatch(remark);
    await expectOnly(target, topic, []);
  };
  await withProducer(target, 'conf_access_refused', send, credentials === undefined ? {} : { credentials });
}

/** What is said about it; the secret is not part of that. */
async function expectDenied(producer: Producer, message: Message): Promise<string> {
  const error = await failureOf(producer.send(message));
  expect(error).toMatchObject({ code: 'RMQ_ACCESS_DENIED', stored: 'no', retryable: false });
  expect(error.failure.attempts).toHaveLength(1);
  expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/conformance-\w+-secret/);
  return error.message;
}

async function expectOnly(target: ConformanceTarget, topic: string, msgIds: readonly string[]): Promise<void> {
  const stored = await target.readBack([topic]);
  expect(stored.map(({ msgId }) => msgId)).toEqual(msgIds);
}

export const capabilities = [accessControl];
