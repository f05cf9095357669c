import { createError } from '../../../src/errors/rocketmq-error.js';
import { wrapNamespace } from '../../../src/protocol/namespace.js';
import type { TopicRoute } from '../../../src/route/topic-route.js';
import { toTopicRoute } from '../../../src/route/topic-route.js';
import { type NamedRoutes, NamespacedRoutes } from '../../../src/route/namespaced-routes.js';
import { sampleRoute } from './sample-routes.js';

/** Routes by wire name; it notes what is asked. */
class Routes implements NamedRoutes {
  readonly known = new Map<string, TopicRoute>();
  readonly asked: string[] = [];

  has(topic: string, previous?: TopicRoute): TopicRoute {
    const data = sampleRoute({ name: 'broker-a', queues: previous === undefined ? 2 : 3 });
    const route = toTopicRoute(data, { topic, isProvisional: false, previous, mapAddress: (address) => address });
    this.known.set(topic, route);
    return route;
  }

  get(topic: string): TopicRoute | undefined {
    this.asked.push(`get ${topic}`);
    return this.known.get(topic);
  }

  lookup(topic: string): Promise<TopicRoute> {
    this.asked.push(`lookup ${topic}`);
    const known = this.known.get(topic);
    if (known !== undefined) return Promise.resolve(known);
    return Promise.reject(createError('RMQ_ROUTE_MISSING', `no topic ${topic}`, { detail: { topic } }));
  }

  refresh(topic: string): Promise<void> {
    this.asked.push(`refresh ${topic}`);
    return Promise.resolve();
  }

  renew(topic: string): Promise<void> {
    this.asked.push(`renew ${topic}`);
    return Promise.resolve();
  }
}

const inSpace = (routes: NamedRoutes): NamespacedRoutes =>
  new NamespacedRoutes(routes, 'N', (topic) => wrapNamespace('N', topic));

test('topics are asked for by their names on the wire and seen by their own', async () => {
  const routes = new Routes();
  const inNamespace = inSpace(routes);
  expect(inNamespace.get('orders')).toBeUndefined();
  routes.has('N%orders');
  const route = await inNamespace.lookup('orders');
  await inNamespace.refresh('orders');
  await inNamespace.renew('orders');
  expect(routes.asked).toEqual(['get N%orders', 'lookup N%orders', 'refresh N%orders', 'renew N%orders']);
  expect(route.topic).toBe('orders');
  expect(route.queues).toEqual([
    { topic: 'orders', brokerName: 'broker-a', queueId: 0 },
    { topic: 'orders', brokerName: 'broker-a', queueId: 1 },
  ]);
  expect(route.addressOf('broker-a')).toBe('broker-a:10911');
});

test('a route that stays is the same object, and so is a queue that stays in another route', () => {
  const routes = new Routes();
  const inNamespace = inSpace(routes);
  const before = routes.has('N%orders');
  const seen = inNamespace.get('orders');
  expect(inNamespace.get('orders')).toBe(seen);
  routes.has('N%orders', before);
  const after = inNamespace.get('orders');
  expect(after).not.toBe(seen);
  expect(after?.queues).toHaveLength(3);
  expect(after?.queues[1]).toBe(seen?.queues[1]);
});

test('a topic that was asked for by its wire name is seen by its own all the same', () => {
  const routes = new Routes();
  routes.has('N%orders');
  expect(inSpace(routes).get('N%orders')?.topic).toBe('orders');
});

test('system topics are those of all', async () => {
  const routes = new Routes();
  routes.has('RMQ_SYS_TRACE_TOPIC');
  expect((await inSpace(routes).lookup('RMQ_SYS_TRACE_TOPIC')).topic).toBe('RMQ_SYS_TRACE_TOPIC');
});

test('a missing route is told under the name it was asked for', async () => {
  await expect(inSpace(new Routes()).lookup('orders')).rejects.toMatchObject({
    code: 'RMQ_ROUTE_MISSING',
    detail: { topic: 'orders', namespace: 'N' },
  });
});

test('more topics than are remembered are found as well', () => {
  const routes = new Routes();
  const inNamespace = inSpace(routes);
  for (let n = 0; n < 10_001; n++) inNamespace.get(`t${n}`);
  routes.has('N%t0');
  expect(inNamespace.get('t0')?.topic).toBe('t0');
});
