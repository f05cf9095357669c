/** Rows 15 and 16: who a client is, where its sends go, and what producers of one client share. */
import { setTimeout as delay } from 'node:timers/promises';
import { createProducer, type Message, type Producer, type ProducerEvent } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { freeInstanceName, takenInstanceName } from '../instance-name.js';
import { expectStored, failureOf, withProducer } from '../sending.js';
import { recordOf } from '../sent-record.js';
import type { ConformanceTarget } from '../target.js';

const WAIT_MS = 10_000;
/** A consumer that has just started needs some seconds until it is given its queues. */
const ASK_MS = 15_000;

/** Asks until the answer is as wanted; the last answer decides. */
async function eventually<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer) || performance.now() > deadline) return answer;
    await delay(200);
  }
}

/** Addresses that connections are opened to from now on. */
function openedBy(producer: Producer): string[] {
  const opened: string[] = [];
  producer.events$.subscribe((event: ProducerEvent) => {
    if (event.type === 'connection' && event.state === 'open') opened.push(event.address);
  });
  return opened;
}

const twoBelow = (address: string): string => address.replace(/\d+$/, (port) => String(Number(port) - 2));

async function sendsAndStores(target: ConformanceTarget, producer: Producer, topic: string): Promise<void> {
  const message: Message = { topic, body: 'here' };
  const record = recordOf(message);
  await expectStored(target, [topic], [{ record, receipt: await producer.send(message) }]);
}

const vipChannel: Capability = {
  row: 15,
  title: 'VIP channel',
  profile: 'plain',
  cases: [
    {
      name: 'messages go through the second port of the brokers, heartbeats through the first',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfVip', 1);
        await withProducer(
          target,
          'conf_vip',
          async (producer) => {
            const opened = openedBy(producer);
            await sendsAndStores(target, producer, 'ConfVip');
            const addresses = [...target.brokers.values()];
            expect(addresses.map(twoBelow).some((address) => opened.includes(address))).toBe(true);
            const known = await eventually(
              () => target.producersOf('ConfVip', 'conf_vip'),
              (producers) => producers.length > 0,
            );
            expect(known).toHaveLength(1);
            expect(addresses.some((address) => opened.includes(address))).toBe(true);
          },
          { vipChannel: true },
        );
      },
    },
    {
      name: 'a broker without a second port is one that cannot be reached',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfNoVip', 1);
        await withProducer(
          target,
          'conf_no_vip',
          async (producer) => {
            const error = await failureOf(producer.send({ topic: 'ConfNoVip', body: 'x' }));
            expect(error).toMatchObject({ code: 'RMQ_CONNECT_FAILED', stored: 'no' });
            expect(error.failure.attempts[0]?.address).toBe('127.0.0.1:1');
          },
          { vipChannel: true, retries: 0, mapBrokerAddress: () => '127.0.0.1:3' },
        );
      },
    },
  ],
};

const names: Capability = {
  row: 15,
  title: 'Unit name, instance name',
  profile: 'plain',
  cases: [
    {
      name: 'brokers know the producer by its address, instance name and unit name',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfNames', 1);
        const instanceName = await freeInstanceName('conf-instance');
        await withProducer(
          target,
          'conf_names',
          async (producer) => {
            await sendsAndStores(target, producer, 'ConfNames');
            const known = await eventually(
              () => target.producersOf('ConfNames', 'conf_names'),
              (producers) => producers.length > 0,
            );
            expect(known.map(({ clientId }) => clientId)).toEqual([`192.0.2.7@${instanceName}@conf-unit`]);
          },
          { clientIp: '192.0.2.7', instanceName, unitName: 'conf-unit', exclusiveInstanceName: true },
        );
      },
    },
    {
      name: 'an exclusive instance name that somebody on this machine has is refused',
      shows: 'refusal',
      run: async (target) => {
        const { name, holder } = await takenInstanceName('conf-taken');
        try {
          await withProducer(
            target,
            'conf_taken',
            async (producer) => {
              const refused: unknown = await producer.start().catch((thrown: unknown) => thrown);
              expect(refused).toMatchObject({ code: 'RMQ_INSTANCE_NAME_TAKEN', stored: 'no' });
              expect(producer.state).toBe('START_FAILED');
            },
            { instanceName: name, exclusiveInstanceName: true },
          );
        } finally {
          holder.close();
        }
      },
    },
  ],
};

const sharing: Capability = {
  row: 16,
  title: 'Producers that share a client instance',
  profile: 'plain',
  cases: [
    {
      name: 'have one connection to a broker, leave it one by one, and the last one closes it',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfShared', 2);
        const groups = ['conf_shared_a', 'conf_shared_b', 'conf_shared_c'];
        const { nameServers } = target;
        const producers = groups.map((group) =>
          createProducer({ nameServers, group, logger: false, clientIp: '192.0.2.8', instanceName: 'conf-shared' }),
        );
        const known = async (): Promise<string[]> => {
          const found = [];
          for (const group of groups) {
            for (const { clientId } of await target.producersOf('ConfShared', group))
              found.push(`${group} ${clientId}`);
          }
          return found;
        };
        const of = (...names: string[]): string[] => names.map((group) => `${group} 192.0.2.8@conf-shared`);
        try {
          const sent = [];
          for (const producer of producers) {
            for (let n = 0; n < 8; n++) {
              const message: Message = { topic: 'ConfShared', body: `message ${n}` };
              sent.push({ record: recordOf(message), receipt: await producer.send(message) });
            }
          }
          expect(await eventually(known, (found) => found.length === 3)).toEqual(of(...groups));
          const addresses = new Set<string>();
          for (const group of groups) {
            for (const { address } of await target.producersOf('ConfShared', group)) addresses.add(address);
          }
          // One for each broker that was asked.
          expect(addresses.size).toBeLessThanOrEqual(target.brokers.size);

          const [first, second, third] = producers;
          await first?.shutdown();
          expect(await known()).toEqual(of('conf_shared_b', 'conf_shared_c'));
          await second?.shutdown();
          const message: Message = { topic: 'ConfShared', body: 'still here' };
          const record = recordOf(message);
          const receipt = await third?.send(message);
          await third?.shutdown();
          expect(await known()).toEqual([]);
          await expectStored(target, ['ConfShared'], [...sent, { record, receipt }]);
        } finally {
          await Promise.all(producers.map((producer) => producer.shutdown()));
        }
      },
    },
    {
      name: 'get the replies to their requests after one of them has left',
      shows: 'success',
      run: async (target) => {
        const topic = 'ConfSharedAsk';
        await target.createTopic(topic, 2);
        await target.answerRequests(topic);
        const shared = { instanceName: 'conf-shared-ask' };
        const stays = (asking: Producer): Promise<void> =>
          withProducer(
            target,
            'conf_shared_leaves',
            async (leaving) => {
              const ask = async (body: string): Promise<string> =>
                Buffer.from((await asking.request({ topic, body }, { timeoutMs: ASK_MS })).body).toString();
              expect(await ask('before')).toBe('re: before');
              await leaving.start();
              const known = (): Promise<unknown[]> => target.producersOf(topic, 'conf_shared_leaves');
              expect(await eventually(known, ({ length }) => length > 0)).not.toEqual([]);
              await leaving.shutdown();
              expect(await known()).toEqual([]);
              // Whichever broker the replies come over.
              for (const body of ['after', 'again', 'and again', 'at last'])
                expect(await ask(body)).toBe(`re: ${body}`);
            },
            shared,
          );
        await withProducer(target, 'conf_shared_stays', stays, shared);
      },
    },
    {
      name: 'cannot be of the same group, and the refused one can start once the other is gone',
      shows: 'refusal',
      run: async (target) => {
        const twin = { instanceName: 'conf-twins' };
        await withProducer(
          target,
          'conf_twins',
          (second) =>
            withProducer(
              target,
              'conf_twins',
              async (first) => {
                await first.start();
                const refused: unknown = await second.start().catch((thrown: unknown) => thrown);
                expect(refused).toMatchObject({ code: 'RMQ_GROUP_DUPLICATE' });
                expect(second.state).toBe('CREATE_JUST');
                await first.shutdown();
                await second.start();
              },
              twin,
            ),
          twin,
        );
      },
    },
  ],
};

export const capabilities = [vipChannel, names, sharing];
