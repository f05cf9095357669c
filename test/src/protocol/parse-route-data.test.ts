import fc from 'fast-check';
import { encodeRouteData, parseRouteData, ROUTE_LIMITS } from '../../../src/protocol/parse-route-data.js';
import type { TopicRouteData } from '../../../src/protocol/route-data.js';
import { goldenFrames } from '../../golden/golden-frames.js';
import { expectViolation } from './frames.js';

const parse = (body: unknown): TopicRouteData =>
  parseRouteData(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

const bodies = (scenario: string): readonly Buffer[] =>
  goldenFrames(scenario)
    .filter(({ answers, code }) => answers === 105 && code === 0)
    .map(({ body }) => body);

// Written by the Java classes; the other form has its numbers in quotes.
const oldForm =
  '{"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:10921"},"brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":false}],' +
  '"filterServerTable":{},"orderTopicConf":"broker-a:4","queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}],' +
  '"topicQueueMappingByBroker":{"broker-a":{"bname":"broker-a","currIdMap":{0:0,1:1},"dirty":false,"epoch":5,"scope":"__global__","topic":"t","totalQueues":2}}}';

const route: TopicRouteData = {
  orderTopicConf: 'broker-a:4',
  queueDatas: [{ brokerName: 'broker-a', readQueueNums: 4, writeQueueNums: 4, perm: 6, topicSysFlag: 0 }],
  brokerDatas: [
    {
      cluster: 'DefaultCluster',
      brokerName: 'broker-a',
      brokerAddrs: new Map([
        [0, '127.0.0.1:10911'],
        [1, '127.0.0.1:10921'],
      ]),
    },
  ],
  topicQueueMappings: new Map([
    [
      'broker-a',
      {
        topic: 't',
        brokerName: 'broker-a',
        scope: '__global__',
        totalQueues: 2,
        epoch: 5,
        currIdMap: new Map([
          [0, 0],
          [1, 1],
        ]),
      },
    ],
  ]),
};

describe('well-formed routes', () => {
  test('the form with bare numbers as keys and the strict form say the same', () => {
    expect(parse(oldForm)).toEqual(route);
    expect(parse(oldForm.replaceAll(/([{,])(\d):/g, '$1"$2":'))).toEqual(route);
  });

  test('the strict form is written with the bytes of Java', () => {
    expect(encodeRouteData(route).toString()).toBe(oldForm.replaceAll(/([{,])(\d):/g, '$1"$2":'));
  });

  test.each(['5.5.0/route-old-form', '4.9.7/route-old-form'])('both recorded forms of %s say the same', (scenario) => {
    const [old, strict] = bodies(scenario).map(parseRouteData);
    expect(old).toEqual(strict);
    expect(old?.brokerDatas.map(({ brokerName }) => brokerName).sort()).toEqual(['broker-a', 'broker-b']);
  });

  test('recorded routes are read: order configuration, permission, several brokers', () => {
    const [order] = bodies('5.5.0/route-order-conf').map(parseRouteData);
    expect(order?.orderTopicConf).toBe('broker-p:3');
    const [readOnly] = bodies('5.5.0/route-readonly-topic').map(parseRouteData);
    expect(readOnly?.queueDatas.map(({ perm }) => perm)).toEqual([4]);
    const [topic, fallback] = bodies('4.9.7/route-lookup').map(parseRouteData);
    expect(topic?.queueDatas.map(({ perm, writeQueueNums }) => [perm, writeQueueNums])).toEqual([
      [6, 4],
      [6, 4],
    ]);
    expect(fallback?.queueDatas.map(({ perm, writeQueueNums }) => [perm, writeQueueNums])).toEqual([
      [7, 8],
      [7, 8],
    ]);
  });

  test('every route comes back', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 });
    const count = fc.nat(ROUTE_LIMITS.queuesPerBroker);
    const queueData = fc.record({
      brokerName: name,
      readQueueNums: count,
      writeQueueNums: count,
      perm: fc.nat(15),
      topicSysFlag: fc.nat(),
    });
    const address = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `${host}:${port}`);
    const brokerData = fc.record({
      cluster: name,
      brokerName: name,
      brokerAddrs: fc.array(fc.tuple(fc.nat(), address)).map((entries) => new Map(entries)),
    });
    const data = fc.record({
      orderTopicConf: fc.option(name, { nil: undefined }),
      queueDatas: fc.array(queueData),
      brokerDatas: fc.array(brokerData),
      topicQueueMappings: fc.constant(new Map()),
    });
    fc.assert(fc.property(data, (sent) => expect(parseRouteData(encodeRouteData(sent))).toEqual(sent)));
  });
});

describe('one bad entry does not spoil the others', () => {
  const queue = { brokerName: 'a', readQueueNums: 4, writeQueueNums: 4, perm: 6, topicSysFlag: 0 };

  test.each([
    [null],
    [7],
    [[]],
    [{}],
    [{ ...queue, brokerName: '' }],
    [{ ...queue, brokerName: 5 }],
    [{ ...queue, writeQueueNums: -1 }],
    [{ ...queue, writeQueueNums: 1.5 }],
    [{ ...queue, writeQueueNums: 1_000_000 }],
    [{ ...queue, readQueueNums: '4' }],
    [{ ...queue, perm: 99 }],
    [{ ...queue, perm: undefined }],
  ])('queue data %j', (bad) => {
    expect(parse({ queueDatas: [bad, queue, bad] }).queueDatas).toEqual([queue]);
  });

  test('the misspelt topicSynFlag of old servers is no reason to drop the entry', () => {
    const { topicSysFlag: _, ...old } = queue;
    expect(parse({ queueDatas: [{ ...old, topicSynFlag: 2 }] }).queueDatas).toEqual([{ ...queue, topicSysFlag: 2 }]);
    expect(parse({ queueDatas: [old] }).queueDatas).toEqual([queue]);
  });

  test.each([[null], ['a'], [{}], [{ brokerName: '', brokerAddrs: { 0: 'h:1' } }], [{ brokerAddrs: { 0: 'h:1' } }]])(
    'broker data %j',
    (bad) => {
      const good = { cluster: 'c', brokerName: 'a', brokerAddrs: { 0: 'host:10911' } };
      expect(parse({ brokerDatas: [bad, good] }).brokerDatas).toEqual([
        { cluster: 'c', brokerName: 'a', brokerAddrs: new Map([[0, 'host:10911']]) },
      ]);
    },
  );

  test('addresses', () => {
    const addresses = [
      '',
      'host',
      ':1',
      'host:',
      'host:0',
      'host:99999',
      'host:1x',
      'a b:1',
      'h\n:1',
      'h\u202e:1',
      7,
      null,
    ];
    const brokerAddrs = Object.fromEntries([...addresses.entries(), [50, '[::1]:1'], [51, '10.0.0.1:65535']]);
    const [broker] = parse({ brokerDatas: [{ brokerName: 'a', brokerAddrs }] }).brokerDatas;
    expect([...(broker?.brokerAddrs ?? [])]).toEqual([
      [50, '[::1]:1'],
      [51, '10.0.0.1:65535'],
    ]);
  });

  test('broker ids', () => {
    const brokerAddrs = {
      '': 'h:1',
      ' ': 'h:1',
      '0x2': 'h:1',
      '-1': 'h:1',
      '1.5': 'h:1',
      x: 'h:1',
      '9007199254740993': 'h:1',
      '0': 'h:1',
    };
    const [broker] = parse({ brokerDatas: [{ brokerName: 'a', brokerAddrs }] }).brokerDatas;
    expect([...(broker?.brokerAddrs.keys() ?? [])]).toEqual([0]);
  });

  test('static mappings', () => {
    const mapping = {
      topic: 't',
      bname: 'b',
      scope: 's',
      totalQueues: 2,
      epoch: 1,
      currIdMap: { 0: 7, 1: 'x', 2: 1, y: 1, '': 1 },
    };
    const { topicQueueMappings } = parse({
      topicQueueMappingByBroker: {
        good: mapping,
        noTopic: { ...mapping, topic: null },
        none: null,
        epoch: { ...mapping, epoch: -1 },
      },
    });
    expect([...topicQueueMappings.keys()]).toEqual(['good']);
    expect(topicQueueMappings.get('good')?.currIdMap).toEqual(new Map([[0, 7]]));
  });

  test('whole parts that are missing or of the wrong type are empty', () => {
    const empty = { orderTopicConf: undefined, queueDatas: [], brokerDatas: [], topicQueueMappings: new Map() };
    expect(parse({})).toEqual(empty);
    const wrong = { orderTopicConf: 5, queueDatas: {}, brokerDatas: 'x', topicQueueMappingByBroker: [] };
    expect(parse(wrong)).toEqual(empty);
  });
});

describe('limits', () => {
  test('a body that is no JSON object, or no UTF-8, is a violation', () => {
    for (const body of ['', 'null', '[]', '"x"', '{', '{"queueDatas":']) expectViolation(() => parse(body));
    expectViolation(() => parseRouteData(Buffer.from('{"a":"\xff"}', 'latin1')));
  });

  test('a body above 4 MiB is refused before it is parsed', () => {
    const blanks = ' '.repeat(ROUTE_LIMITS.bodyBytes - 2);
    expect(parse(`{${blanks}}`).queueDatas).toEqual([]);
    expectViolation(() => parse(`{${blanks} }`));
  });

  test('so are deep nesting and a flood of values', () => {
    expectViolation(() => parse(`{"x":${'['.repeat(100_000)}`));
    expectViolation(() => parse(`{"queueDatas":[${'1,'.repeat(1_000_000)}1]}`));
  });

  test('of too many entries the first are kept', () => {
    const entry = (i: number) => ({ brokerName: `b${i}`, readQueueNums: 1, writeQueueNums: 1, perm: 6 });
    const queueDatas = Array.from({ length: 5000 }, (_, i) => entry(i));
    expect(parse({ queueDatas }).queueDatas).toHaveLength(ROUTE_LIMITS.entries);
  });
});
