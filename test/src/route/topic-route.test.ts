import type { TopicRouteData } from '../../../src/protocol/route-data.js';
import {
  toProvisionalData,
  type TopicRoute,
  type TopicRouteContext,
  toTopicRoute,
} from '../../../src/route/topic-route.js';
import { recordedRoute, sampleRoute, told } from './sample-routes.js';

const context: TopicRouteContext = {
  topic: 't',
  isProvisional: false,
  previous: undefined,
  mapAddress: (address) => address,
};
const routeOf = (data: TopicRouteData, given: Partial<TopicRouteContext> = {}): TopicRoute =>
  toTopicRoute(data, { ...context, ...given });

describe('queues of a route', () => {
  test('are those that the Java client took from the same answer', () => {
    const route = routeOf(recordedRoute('route-lookup.json'), { topic: 'GoldenTopic' });
    expect(route.queues).toEqual(
      ['broker-a', 'broker-b'].flatMap((brokerName) =>
        [0, 1, 2, 3].map((queueId) => ({ topic: 'GoldenTopic', brokerName, queueId })),
      ),
    );
    expect(route.addressOf('broker-a')).toBe('127.0.0.1:28976');
    expect(route.addressOf('broker-b')).toBe('127.0.0.1:29076');
    expect(route.addressOf('broker-c')).toBeUndefined();
  });

  test('are sorted by broker name as Java sorts', () => {
    const route = routeOf(sampleRoute({ name: 'b', queues: 1 }, { name: 'a', queues: 1 }, { name: 'B', queues: 1 }));
    expect(told(route.queues)).toEqual(['B/0', 'a/0', 'b/0']);
  });

  test('are only those that can be written', () => {
    expect(routeOf(recordedRoute('route-readonly-topic.json')).queues).toEqual([]);
    const data = sampleRoute({ name: 'a', queues: 2, writeQueues: 1 }, { name: 'b', perm: 4 }, { name: 'c', perm: 0 });
    expect(told(routeOf(data).queues)).toEqual(['a/0']);
  });

  test('are only those of brokers with a master', () => {
    const route = routeOf(sampleRoute({ name: 'a', master: null }, { name: 'b', queues: 1 }));
    expect(told(route.queues)).toEqual(['b/0']);
    expect([...route.brokers]).toEqual([['b', 'b:10911']]);
  });

  test('leave out queue entries without a broker, and the second of two entries for one broker', () => {
    const data = sampleRoute({ name: 'a', queues: 2 }, { name: 'a', queues: 3, master: 'second:1' }, { name: 'ghost' });
    const brokerDatas = data.brokerDatas.filter(({ brokerName }) => brokerName !== 'ghost');
    const route = routeOf({ ...data, brokerDatas });
    expect(told(route.queues)).toEqual(['a/0', 'a/1']);
    expect(route.addressOf('a')).toBe('a:10911');
  });

  test('are bounded, however many the entries claim', () => {
    const brokers = Array.from({ length: 100 }, (_, i) => ({ name: `broker-${i}`, queues: 16_384 }));
    expect(routeOf(sampleRoute(...brokers)).queues).toHaveLength(4 * 16_384);
  });
});

describe('queues of an ordered topic', () => {
  test('are those that the Java client took from the same answer', () => {
    const route = routeOf(recordedRoute('route-order-conf.json'));
    expect(told(route.queues)).toEqual(['broker-p/0', 'broker-p/1', 'broker-p/2']);
  });

  test('keep the order of the configuration, whatever permission and master', () => {
    const data = sampleRoute({ name: 'a', perm: 4 }, { name: 'b', master: null });
    const route = routeOf({ ...data, orderTopicConf: 'b:1;a:2' });
    expect(told(route.queues)).toEqual(['b/0', 'a/0', 'a/1']);
    expect(route.addressOf('b')).toBeUndefined();
  });

  test.each(['a', 'a:', 'a:x', ':3', ';;', 'a:-1', 'a:99999999'])('are the ordinary ones for %j', (orderTopicConf) => {
    const route = routeOf({ ...sampleRoute({ name: 'a', queues: 1 }), orderTopicConf });
    expect(told(route.queues)).toEqual(['a/0']);
  });

  test('are read with blanks around the pieces of the configuration', () => {
    const data = sampleRoute({ name: 'a', master: null }, { name: 'b', master: null });
    expect(told(routeOf({ ...data, orderTopicConf: ' b:1 ;\ta:02\n' }).queues)).toEqual(['b/0', 'a/0', 'a/1']);
  });

  test('leave out the pieces of the configuration that make no sense', () => {
    const route = routeOf({ ...sampleRoute({ name: 'a' }), orderTopicConf: 'a:1;nonsense;b:1' });
    expect(told(route.queues)).toEqual(['a/0', 'b/0']);
  });
});

describe('a route that is asked for again', () => {
  const data = sampleRoute({ name: 'a', queues: 2 }, { name: 'b', queues: 2 });

  test('is the same object when it says the same, in whatever order', () => {
    const before = routeOf(data);
    const again = sampleRoute({ name: 'b', queues: 2 }, { name: 'a', queues: 2 });
    expect(routeOf(again, { previous: before })).toBe(before);
  });

  test('keeps the queue objects that it shares with the one before', () => {
    const before = routeOf(data);
    const after = routeOf(sampleRoute({ name: 'a', queues: 3 }), { previous: before });
    expect(after).not.toBe(before);
    expect(told(after.queues)).toEqual(['a/0', 'a/1', 'a/2']);
    expect(after.queues[0]).toBe(before.queues[0]);
    expect(after.queues[1]).toBe(before.queues[1]);
  });

  test('is another one when an address changed', () => {
    const before = routeOf(data);
    const moved = sampleRoute({ name: 'a', queues: 2, master: 'elsewhere:1' }, { name: 'b', queues: 2 });
    const after = routeOf(moved, { previous: before });
    expect(after).not.toBe(before);
    expect(after.addressOf('a')).toBe('elsewhere:1');
    expect(after.queues[0]).toBe(before.queues[0]);
  });

  test('is another one when the topic came to exist', () => {
    const before = routeOf(data, { isProvisional: true });
    expect(routeOf(data, { previous: before })).not.toBe(before);
  });
});

describe('addresses of a route', () => {
  test('are mapped', () => {
    const route = routeOf(sampleRoute({ name: 'a' }), { mapAddress: (address) => `proxy-of-${address}` });
    expect(route.addressOf('a')).toBe('proxy-of-a:10911');
  });

  test('that must not be used leave their broker out', () => {
    const mapAddress = (address: string): string | undefined => (address.startsWith('a') ? undefined : address);
    const route = routeOf(sampleRoute({ name: 'a' }, { name: 'b', queues: 1 }), { mapAddress });
    expect(told(route.queues)).toEqual(['b/0']);
  });
});

describe('provisional route', () => {
  test('has the queues that the first message will create', () => {
    const tbw102 = recordedRoute('route-lookup.json', 1);
    expect(tbw102.queueDatas.map(({ writeQueueNums }) => writeQueueNums)).toEqual([8, 8]);
    const route = routeOf(toProvisionalData(tbw102, 3), { isProvisional: true });
    expect(told(route.queues)).toEqual([
      'broker-a/0',
      'broker-a/1',
      'broker-a/2',
      'broker-b/0',
      'broker-b/1',
      'broker-b/2',
    ]);
    expect(route.isProvisional).toBe(true);
  });

  test('has no more queues than can be read', () => {
    const route = routeOf(toProvisionalData(sampleRoute({ name: 'a', queues: 1, writeQueues: 8, perm: 7 }), 4));
    expect(told(route.queues)).toEqual(['a/0']);
  });
});

describe('a static topic', () => {
  interface Host {
    readonly name: string;
    readonly ids: readonly number[];
    readonly epoch?: number;
    readonly scope?: string;
  }

  /** A route whose queues lie as these brokers say; `total` logical queues. */
  const staticData = (total: number, ...hosts: readonly Host[]): TopicRouteData => ({
    ...sampleRoute(...hosts.map(({ name }) => ({ name, queues: 8 }))),
    topicQueueMappings: new Map(
      hosts.map(({ name, ids, epoch = 1, scope = '__global__' }) => [
        name,
        {
          topic: 't',
          brokerName: name,
          scope,
          totalQueues: total,
          epoch,
          currIdMap: new Map(ids.map((id, physical) => [id, physical])),
        },
      ]),
    ),
  });

  const route = (data: TopicRouteData, previous?: TopicRoute): TopicRoute => routeOf(data, { previous });

  test('has its logical queues in the order of their ids, each with the broker that hosts it', () => {
    const data = staticData(4, { name: 'b', ids: [1, 3] }, { name: 'a', ids: [0, 2] });
    const { queues, isStatic, addressOf } = route(data);
    expect([told(queues), isStatic]).toEqual([['a/0', 'b/1', 'a/2', 'b/3'], true]);
    expect(addressOf('b')).toBe('b:10911');
  });

  test('believes the later of two brokers that host the same queue', () => {
    const data = staticData(2, { name: 'a', ids: [0, 1], epoch: 1 }, { name: 'b', ids: [1], epoch: 2 });
    expect(told(route(data).queues)).toEqual(['a/0', 'b/1']);
  });

  test('keeps the place of a queue that nobody hosts, at a broker that does not exist', () => {
    const { queues, addressOf } = route(staticData(3, { name: 'a', ids: [0, 2] }));
    expect(told(queues)).toEqual(['a/0', '__syslo__none__/1', 'a/2']);
    expect(addressOf('__syslo__none__')).toBeUndefined();
  });

  test('keeps the objects of the queues that stay where they are', () => {
    const before = route(staticData(4, { name: 'a', ids: [0, 1] }, { name: 'b', ids: [2, 3] }));
    expect(route(staticData(4, { name: 'a', ids: [0, 1] }, { name: 'b', ids: [2, 3] }), before)).toBe(before);
    const after = route(
      staticData(4, { name: 'a', ids: [0], epoch: 2 }, { name: 'b', ids: [2, 3, 1], epoch: 2 }),
      before,
    );
    expect(told(after.queues)).toEqual(['a/0', 'b/1', 'b/2', 'b/3']);
    expect(after.queues.map((queue, id) => queue === before.queues[id])).toEqual([true, false, true, true]);
  });

  test('can become an ordinary one, and an ordinary one static', () => {
    const plain = route(sampleRoute({ name: 'a', queues: 2 }, { name: 'b', queues: 2 }));
    const fixed = route(staticData(2, { name: 'a', ids: [1] }, { name: 'b', ids: [0] }), plain);
    expect(told(fixed.queues)).toEqual(['b/0', 'a/1']);
    const again = route(sampleRoute({ name: 'a', queues: 2 }, { name: 'b', queues: 2 }), fixed);
    expect([told(again.queues), again.isStatic]).toEqual([['a/0', 'a/1', 'b/0', 'b/1'], undefined]);
  });

  test('is ordered like any other where an order is configured', () => {
    const data = { ...staticData(2, { name: 'a', ids: [0, 1] }), orderTopicConf: 'a:3' };
    expect(told(route(data).queues)).toEqual(['a/0', 'a/1', 'a/2']);
    expect(route({ ...data, orderTopicConf: '' }).isStatic).toBeUndefined();
  });
});
