import { lastValueFrom, of, toArray } from 'rxjs';
import { deliver, type DeliveryOptions } from '../../operators/deliver.js';
import { validateMessage } from '../../operators/validate-message.js';
import type { Message } from '../../src/producer/message/message.js';
import { TestCluster } from './test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open());
afterEach(() => servers.close());

const OPTIONS: DeliveryOptions = { flow: {}, compress: {}, selectQueue: undefined, retry: {} };

const delivered = (messages: readonly Message<number>[], options: Partial<DeliveryOptions> = {}) =>
  lastValueFrom(
    of(...messages).pipe(
      validateMessage<number>(),
      deliver<number>(servers.producer(), { ...OPTIONS, ...options }),
      toArray(),
    ),
  );

const message = (context: number, body = 'x'): Message<number> => ({ topic: 'orders', body, context });

test('every message ends settled, refused ones too, and is stored once', async () => {
  const envelopes = await delivered([message(1), { topic: 'a b', body: 'x', context: 2 }, message(3)]);
  expect(new Set(envelopes.map(({ context, outcome }) => `${context} ${outcome.ok}`))).toEqual(
    new Set(['1 true', '2 false', '3 true']),
  );
  expect(servers.cluster.count('orders')).toBe(2);
});

test('bodies are compressed, routed and sent to the queue that the selector says', async () => {
  const body = 'compressible '.repeat(1000);
  await delivered([message(1, body)], { selectQueue: (queues) => queues.at(-1) ?? { ...first, queueId: 9 } });
  expect(servers.cluster.messages('orders')).toMatchObject([
    { sysFlag: 0x301, body: Buffer.from(body), queue: { brokerName: 'broker-b', queueId: 1 } },
  ]);
});

test('each option reaches its stage', async () => {
  for (const broker of servers.cluster.brokers) await broker.kill({ staysInRoutes: true });
  const [failed] = await delivered([message(1)], { retry: { retries: 3, delayMs: () => 1 } });
  expect(failed?.outcome).toHaveProperty('attempts.length', 4);
});

const first = { topic: 'orders', brokerName: 'broker-a', queueId: 0 };
