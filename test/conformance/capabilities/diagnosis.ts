/** Row 22: what goes wrong says what it was, where, and what to do about it, and the producer goes on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createProducer,
  type ErrorCode,
  type Message,
  type ProducerConfig,
  RocketMQError,
  type SendError,
} from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { withServer } from '../other-server.js';
import { expectStored, failureOf, withProducer } from '../sending.js';
import { recordOf } from '../sent-record.js';
import type { ConformanceTarget } from '../target.js';

const TOPIC = 'Diagnosis';
/** Port 1 of this machine: nobody listens there. */
const NOBODY = '127.0.0.1:1';
const errorPage = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');

/** The code, all that must be named in the text, and advice that leads to its place on the page of errors. */
function expectDiagnosis(error: unknown, code: ErrorCode, ...named: readonly string[]): void {
  if (!(error instanceof RocketMQError)) throw new Error(`not one of our errors: ${String(error)}`);
  expect(error).toMatchObject({ code });
  for (const text of named) expect(error.message).toContain(text);
  const [, anchor = ''] = /docs\/errors\.md#(\w+)$/.exec(error.advice) ?? [];
  expect(errorPage.toLowerCase()).toContain(`\n### ${anchor}\n`);
}

/** What one send fails with. */
async function failedSend(
  target: ConformanceTarget,
  config: Partial<ProducerConfig>,
  message: Partial<Message> = {},
): Promise<SendError> {
  await target.createTopic(TOPIC, 2);
  return withProducer(
    target,
    'diagnosis',
    (producer) => failureOf(producer.send({ topic: TOPIC, body: 'what is wrong?', ...message })),
    { retries: 1, ...config },
  );
}

/** Every attempt went there and is listed, with its broker. */
function expectAttemptsAt(address: string, { failure }: SendError, code: ErrorCode): void {
  expect(failure.attempts).toHaveLength(2);
  for (const attempt of failure.attempts) {
    expect([attempt.address, attempt.error.code]).toEqual([address, code]);
    expect(attempt.brokerName).toMatch(/^broker-[ab]$/);
  }
}

const diagnosis: Capability = {
  row: 22,
  title: 'Diagnosis',
  profile: 'plain',
  cases: [
    {
      name: 'after a failure the same producer sends the next message, and of both only that one is stored',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('DiagnosisNext', 2);
        await withProducer(target, 'diagnosis_next', async (producer) => {
          const queue = { topic: 'DiagnosisNext', brokerName: 'broker-nowhere', queueId: 0 };
          const lost = producer.send({ topic: 'DiagnosisNext', body: 'lost', queue }, { timeoutMs: 2000 });
          expectDiagnosis(await failureOf(lost), 'RMQ_BROKER_UNKNOWN');
          const message: Message = { topic: 'DiagnosisNext', body: 'the next one' };
          const record = recordOf(message);
          await expectStored(target, ['DiagnosisNext'], [{ record, receipt: await producer.send(message) }]);
        });
      },
    },
    {
      name: 'no name server configured',
      shows: 'refusal',
      run: async () => {
        const { NAMESRV_ADDR: before } = process.env;
        delete process.env['NAMESRV_ADDR'];
        try {
          expect(() => createProducer({ group: 'diagnosis' })).toThrow(
            expect.objectContaining({ code: 'RMQ_NAME_SERVER_MISSING', stored: 'no' }),
          );
        } finally {
          if (before !== undefined) process.env['NAMESRV_ADDR'] = before;
        }
      },
    },
    {
      name: 'no name server reachable: each is named, with what happened',
      shows: 'refusal',
      run: async (target) => {
        const nameServers = `${NOBODY};127.0.0.1:2`;
        const error = await failedSend(target, { nameServers, sendTimeoutMs: 500 });
        expectDiagnosis(error, 'RMQ_NAME_SERVER_UNREACHABLE', `${NOBODY}: `, '127.0.0.1:2: ', `topic ${TOPIC}`);
        expect([error.stored, error.failure.stage]).toEqual(['no', 'route']);
        expect(error.cause).toBeInstanceOf(RocketMQError);
      },
    },
    {
      name: 'a broker in place of a name server is told apart from a server that is down',
      shows: 'refusal',
      run: async (target) => {
        const [nameServers = ''] = target.brokers.values();
        const error = await failedSend(target, { nameServers, sendTimeoutMs: 500 });
        expectDiagnosis(error, 'RMQ_NAME_SERVER_UNREACHABLE', nameServers, 'does not look like a name server');
      },
    },
    {
      name: 'no route: the topic is named',
      shows: 'refusal',
      run: async (target) => {
        const config = { createTopicKey: 'DiagnosisNoTemplate', sendTimeoutMs: 500 };
        const error = await failedSend(target, config, { topic: 'DiagnosisNowhere' });
        expectDiagnosis(error, 'RMQ_ROUTE_MISSING', 'DiagnosisNowhere', 'DiagnosisNoTemplate', 'no attempt');
        expect([error.stored, error.failure.stage, error.detail['topic']]).toEqual(['no', 'route', 'DiagnosisNowhere']);
      },
    },
    {
      name: 'a topic that may not be created',
      shows: 'refusal',
      run: async (target) => {
        const error = await failedSend(target, { createTopicKey: TOPIC }, { topic: 'DiagnosisNotCreated' });
        expectDiagnosis(error, 'RMQ_TOPIC_MISSING', 'topic[DiagnosisNotCreated] not exist', '2 attempts: broker-');
        expect([error.stored, error.detail['responseCode']]).toEqual(['no', 17]);
        expect([...target.brokers.values()]).toContain(error.detail['address']);
      },
    },
    {
      name: 'a broker that the route does not know is named',
      shows: 'refusal',
      run: async (target) => {
        const queue = { topic: TOPIC, brokerName: 'broker-nowhere', queueId: 0 };
        const error = await failedSend(target, {}, { queue });
        expectDiagnosis(error, 'RMQ_BROKER_UNKNOWN', 'broker-nowhere', `topic ${TOPIC}`);
        expect(error.stored).toBe('no');
      },
    },
    {
      name: 'a broker that cannot be connected to: address and reason of each attempt',
      shows: 'refusal',
      run: async (target) => {
        const error = await failedSend(target, { mapBrokerAddress: () => NOBODY });
        expectDiagnosis(error, 'RMQ_CONNECT_FAILED', NOBODY, `topic ${TOPIC}, 2 attempts: broker-`);
        expectAttemptsAt(NOBODY, error, 'RMQ_CONNECT_FAILED');
        expect(error.stored).toBe('no');
        const { cause } = error.failure.attempts[0]?.error ?? {};
        expect(cause).toMatchObject({ code: 'ECONNREFUSED' });
      },
    },
    {
      name: 'a broker that hangs up: maybe stored',
      shows: 'refusal',
      run: (target) =>
        withServer(
          (socket) => socket.once('data', () => socket.destroy()),
          async (address) => {
            const error = await failedSend(target, { mapBrokerAddress: () => address });
            expectDiagnosis(error, 'RMQ_CONNECTION_LOST', address);
            expect([error.stored, error.failure.attempts[0]?.error.code]).toEqual(['maybe', 'RMQ_CONNECTION_LOST']);
          },
        ),
    },
    {
      name: 'a broker that does not answer: maybe stored',
      shows: 'refusal',
      run: (target) =>
        withServer(
          (socket) => socket.resume(),
          async (address) => {
            const error = await failedSend(target, { mapBrokerAddress: () => address, sendTimeoutMs: 600 });
            expectDiagnosis(error, 'RMQ_ATTEMPT_TIMEOUT', address);
            expectAttemptsAt(address, error, 'RMQ_ATTEMPT_TIMEOUT');
            expect(error.stored).toBe('maybe');
          },
        ),
    },
    {
      name: 'a server that speaks something else is recognised',
      shows: 'refusal',
      run: (target) =>
        withServer(
          (socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
          async (address) => {
            const error = await failedSend(target, { mapBrokerAddress: () => address, retries: 0 });
            expectDiagnosis(error, 'RMQ_PROTOCOL_VIOLATION', address, 'HTTP');
            expect(error.cause).toBeInstanceOf(RocketMQError);
          },
        ),
    },
    {
      name: 'a name server that keeps silent: where the time went',
      shows: 'refusal',
      run: (target) =>
        withServer(
          (socket) => socket.resume(),
          async (nameServers) => {
            const error = await failedSend(target, { nameServers, sendTimeoutMs: 300 });
            expectDiagnosis(error, 'RMQ_DEADLINE', '0 attempts', `topic ${TOPIC}`);
            expect([error.stored, error.failure.stage]).toEqual(['no', 'route']);
          },
        ),
    },
    {
      name: 'a message that breaks a rule: which rule, which topic, before anything is sent',
      shows: 'refusal',
      run: async (target) => {
        const blank = await failedSend(target, {}, { keys: ['a key with blanks'] });
        expectDiagnosis(blank, 'RMQ_MESSAGE_INVALID', `topic ${TOPIC}`);
        expect([blank.stored, blank.failure.stage, blank.failure.attempts]).toEqual(['no', 'validate', []]);
        const large = await failedSend(target, { maxMessageBytes: 10 }, { body: 'more than ten bytes' });
        expectDiagnosis(large, 'RMQ_MESSAGE_TOO_LARGE', '19 bytes', 'at most 10');
        expect(large.detail).toMatchObject({ rule: 'body-size', bytes: 19, limit: 10, topic: TOPIC });
      },
    },
    {
      name: 'a second producer of one group on one client: group and client are named',
      shows: 'refusal',
      run: async (target) => {
        const config = { instanceName: `diagnosis-${target.release}` };
        await withProducer(
          target,
          'diagnosis_twice',
          async (first) => {
            await first.start();
            const second = createProducer({ nameServers: target.nameServers, group: 'diagnosis_twice', ...config });
            const error: unknown = await second.start().catch((thrown: unknown) => thrown);
            expectDiagnosis(error, 'RMQ_GROUP_DUPLICATE', 'diagnosis_twice', config.instanceName);
            expect(second.state).toBe('CREATE_JUST');
            await second.shutdown();
          },
          config,
        );
      },
    },
    {
      name: 'a call in the wrong state: the state is named',
      shows: 'refusal',
      run: (target) =>
        withProducer(target, 'diagnosis_state', async (producer) => {
          await producer.start();
          await producer.shutdown();
          const again: unknown = await producer.start().catch((thrown: unknown) => thrown);
          expectDiagnosis(again, 'RMQ_STATE_INVALID', 'start()', 'SHUTDOWN_ALREADY');
          const late: unknown = await producer.send({ topic: TOPIC, body: 'late' }).catch((thrown: unknown) => thrown);
          expectDiagnosis(late, 'RMQ_CLOSED', 'diagnosis_state');
        }),
    },
  ],
};

export const capabilities = [diagnosis];
