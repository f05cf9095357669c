/** Row 19: 5.x proxies, by their remoting port, in the place of name servers. */
import type { Message, Producer } from '../../../src/index.js';
import { ADMIN } from '../access-users.js';
import type { Capability } from '../capability.js';
import { expectOnlyNextStored, expectRefused, expectStored, streamAll, withProducer } from '../sending.js';
import { recordOf } from '../sent-record.js';
import type { ConformanceTarget } from '../target.js';

const SINCE_5 = { releases: ['5.5.0'], because: 'Proxies came with 5.0.' } as const;

/** Who may do everything: access control has a row of its own. */
const withAdmin = (
  target: ConformanceTarget,
  group: string,
  use: (producer: Producer) => Promise<void>,
): Promise<void> => withProducer(target, group, use, { credentials: ADMIN });

const proxies: Capability = {
  row: 19,
  title: 'Proxies',
  profile: 'proxy',
  cases: [
    {
      name: 'messages go through one address to the queues of all brokers, and are stored as they were sent',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        await target.createTopic('ConfProxied', 2);
        await withAdmin(target, 'conf_proxied', async (producer) => {
          const opened = new Set<string>();
          producer.events$.subscribe((event) => {
            if (event.type === 'connection' && event.state === 'open') opened.add(event.address);
          });
          const messages = Array.from({ length: 50 }, (_, i): Message => ({
            topic: 'ConfProxied',
            body: `message ${i}`,
            keys: `key-${i}`,
            properties: { n: String(i) },
          }));
          const stored = await expectStored(target, ['ConfProxied'], await streamAll(producer, messages));
          expect(new Set(stored.map(({ brokerName }) => brokerName))).toEqual(new Set(target.brokers.keys()));
          expect([...opened].filter((address) => address !== target.nameServers)).toEqual([]);
        });
      },
    },
    {
      name: 'a message with a key goes to its queue in a topic for messages in order',
      shows: 'success',
      only: SINCE_5,
      run: async (target) => {
        await target.createTopic('ConfProxiedFifo', 2, { attributes: { 'message.type': 'FIFO' } });
        await withAdmin(target, 'conf_proxied_fifo', async (producer) => {
          const sent = [];
          for (let i = 0; i < 8; i++) {
            const message: Message = { topic: 'ConfProxiedFifo', body: `step ${i}`, shardingKey: 'one key' };
            sent.push({ record: recordOf(message), receipt: await producer.send(message) });
          }
          expect(new Set(sent.map(({ receipt: { queue } }) => `${queue.brokerName} ${queue.queueId}`)).size).toBe(1);
          await expectStored(target, ['ConfProxiedFifo'], sent);
        });
      },
    },
    {
      name: 'a message with a key is refused by a topic for messages of no kind, and the next one is stored',
      shows: 'refusal',
      only: SINCE_5,
      run: async (target) => {
        await target.createTopic('ConfProxiedKind', 1);
        await withAdmin(target, 'conf_proxied_kind', async (producer) => {
          const message: Message = { topic: 'ConfProxiedKind', body: 'x', shardingKey: 'key' };
          await expectRefused(producer, message, 'RMQ_MESSAGE_REFUSED');
          await expectOnlyNextStored(target, producer, 'ConfProxiedKind');
        });
      },
    },
  ],
};

export const capabilities = [proxies];
