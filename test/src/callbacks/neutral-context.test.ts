import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fromPull } from '../../../operators/from-pull.js';
import { requestReply } from '../../../operators/request-reply.js';
import { toRocketMQ } from '../../../operators/to-rocketmq.js';
import { createProducer } from '../../../src/create-producer.js';
import type { Message } from '../../../src/producer/message/message.js';
import type { Producer } from '../../../src/producer/producer.js';
import { TestCluster, TOPIC } from '../../operators/test-cluster.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const user = new AsyncLocalStorage<object>();
const other = new AsyncLocalStorage<number>();

test('has no store, although the library was loaded by the first user, and what begins there has none', async () => {
  const seen: unknown[] = [];
  await other.run(7, () =>
    user.run({}, () =>
      jest.isolateModulesAsync(async () => {
        const { neutralContext } = await import('../../../src/callbacks/neutral-context.js');
        const look = (): void => void seen.push(user.getStore(), other.getStore());
        neutralContext.run(look);
        await neutralContext.run(() => new Promise<void>((done) => void setTimeout(() => (look(), done()), 1)));
      }),
    ),
  );
  expect(seen).toEqual([undefined, undefined, undefined, undefined]);
});

const message: Message = { topic: TOPIC, body: 'x' };
const never = { name: 'mq.invalid', port: 1 };

const firsts: Readonly<Record<string, (producer: Producer) => Promise<unknown>>> = {
  'sends a message': (producer) => producer.send(message),
  'sends a batch': (producer) => producer.sendBatch([message, message]),
  'sends and waits for nothing': async (producer) => {
    producer.sendOneway(message);
    await producer.flush();
  },
  'sends a stream': (producer) =>
    fromPull([message, message])
      .pipe(toRocketMQ(producer))
      .forEach(() => {}),
  'sends a stream and leaves it': async (producer) => {
    const sent = fromPull([message, message]).pipe(toRocketMQ(producer)).subscribe();
    sent.unsubscribe();
    await producer.flush();
  },
  'loops over outcomes': async (producer) => {
    for await (const outcome of producer.sendEach([message, message])) if (!outcome.ok) throw outcome.error;
  },
  'sends in a transaction': (producer) => producer.sendInTransaction(message, async () => 'commit'),
  'asks, and has no answer': (producer) => producer.request(message, { timeoutMs: 50 }).catch(() => {}),
  'asks in a stream': (producer) =>
    fromPull([message])
      .pipe(requestReply(producer, { timeoutMs: 50, onFailure: 'result' }))
      .forEach(() => {}),
  'starts the producer': (producer) => producer.start(),
  'asks for offsets': (producer) => producer.admin.maxOffset({ topic: TOPIC, brokerName: 'broker-a', queueId: 0 }),
  'looks on, and leaves': async (producer) => {
    const looking = [producer.events$.subscribe(), producer.state$.subscribe(), producer.metrics$.subscribe()];
    await producer.send(message);
    for (const one of looking) one.unsubscribe();
  },
  'has a message refused': (producer) => producer.send({ ...message, topic: '' }).catch(() => {}),
  'cannot reach a broker': (producer) =>
    producer
      .send(message, { queue: { topic: TOPIC, brokerName: never.name, queueId: 0 }, timeoutMs: 50 })
      .catch(() => {}),
};

describe('what the first user had can be collected while the producer goes on, after one that', () => {
  const servers = new TestCluster();
  beforeAll(() => servers.open());
  afterAll(() => servers.close());

  /** In a function of its own, so that nothing of it stays on the stack. */
  async function first(act: (producer: Producer) => Promise<unknown>): Promise<[Producer, WeakRef<object>]> {
    const store = { name: 'who is first' };
    const producer = user.run(store, () => createProducer({ ...servers.config, sendTimeoutMs: 20_000 }));
    await user.run(store, () => act(producer));
    return [producer, new WeakRef(store)];
  }

  test.each(Object.keys(firsts))('%s', async (name) => {
    const [producer, store] = await first(firsts[name] ?? (async () => {}));
    for (let n = 0; store.deref() !== undefined; n++) {
      if (n > 400) throw new Error('the store of the first user is still there');
      // The connections that are there are used on and on.
      await user.run({ name: 'who comes later' }, () => producer.send(message));
      collectGarbage();
    }
    expect(producer.state).toBe('RUNNING');
    await producer.shutdown();
  });
});
