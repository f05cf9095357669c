/** Row 20: requests that say they are part of a stream. No server of these releases looks at it, and all must take it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Message, Producer } from '../../../src/index.js';
import { ADMIN } from '../access-users.js';
import type { Capability } from '../capability.js';
import { contents, expectStored, failureOf, streamAll, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';

const streamRequests: Capability = {
  row: 20,
  title: 'Stream requests',
  profile: 'access-control',
  cases: [
    {
      name: 'what is sent as part of a stream is stored as it was sent, and what says so is signed, in both header encodings',
      shows: 'success',
      run: async (target) => {
        for (const header of ['json', 'binary'] as const) {
          const topic = `ConfStream-${header}`;
          await target.createTopic(topic, 2);
          await withProducer(
            target,
            `conf_stream_${header}`,
            async (producer) => expectStored(target, [topic], await streamAll(producer, contents(topic).slice(0, 50))),
            { streamRequestType: true, credentials: ADMIN, header },
          );
        }
      },
    },
    {
      name: 'the broker knows the producer by a client id of its own, beside one with the same instance name',
      shows: 'success',
      profile: 'plain',
      run: async (target) => {
        await target.createTopic('ConfStreamClients', 2);
        const shared = { clientIp: '192.0.2.2', instanceName: 'conf-stream', unitName: 'unit' };
        const clientIdOf = async (producer: Producer, group: string): Promise<string | undefined> => {
          await producer.send({ topic: 'ConfStreamClients', body: 'x' });
          return firstClientId(target, 'ConfStreamClients', group);
        };
        await withProducer(
          target,
          'conf_stream_one',
          async (stream) => {
            expect(await clientIdOf(stream, 'conf_stream_one')).toBe('192.0.2.2@conf-stream@unit@STREAM');
            await withProducer(
              target,
              'conf_stream_other',
              async (other) => {
                expect(await clientIdOf(other, 'conf_stream_other')).toBe('192.0.2.2@conf-stream@unit');
              },
              shared,
            );
          },
          { ...shared, streamRequestType: true },
        );
      },
    },
    {
      name: 'with a wrong secret it is refused like everything else',
      shows: 'refusal',
      run: async (target) => {
        const topic = 'ConfStreamWrong';
        await target.createTopic(topic, 1);
        await withProducer(
          target,
          'conf_stream_wrong',
          async (producer) => {
            const message: Message = { topic, body: 'refused' };
            const error = await failureOf(producer.send(message));
            expect(error).toMatchObject({ code: 'RMQ_ACCESS_DENIED', stored: 'no', retryable: false });
            expect(await target.readBack([topic])).toEqual([]);
          },
          { streamRequestType: true, credentials: { ...ADMIN, secretKey: 'conformance-wrong-secret' } },
        );
      },
    },
  ],
};

/** Brokers hear of a producer with its first heartbeat, which may come after its first message. */
async function firstClientId(target: ConformanceTarget, topic: string, group: string): Promise<string | undefined> {
  for (let tries = 0; tries < 50; tries++) {
    const [known] = await target.producersOf(topic, group).catch(() => []);
    if (known !== undefined) return known.clientId;
    await delay(100);
  }
  return undefined;
}

export const capabilities = [streamRequests];
