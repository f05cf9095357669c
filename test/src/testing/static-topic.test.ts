import { sendMessage } from '../../../src/protocol/requests/send-message.js';
import { decodeStoredMessages } from '../../../src/protocol/stored-message.js';
import type { Answer } from '../../../src/testing/answer.js';
import type { BrokerState } from '../../../src/testing/broker-state.js';
import { getEarliestStoreTime } from '../../../src/testing/handlers/get-earliest-store-time.js';
import { getMaxOffset } from '../../../src/testing/handlers/get-max-offset.js';
import { getMinOffset } from '../../../src/testing/handlers/get-min-offset.js';
import type { Handler } from '../../../src/testing/handlers/handler.js';
import { pullMessage } from '../../../src/testing/handlers/pull-message.js';
import { searchOffset } from '../../../src/testing/handlers/search-offset.js';
import { sendMessageV2 } from '../../../src/testing/handlers/send-message-v2.js';
import { placeLogicalQueues } from '../../../src/testing/static-topic.js';
import { bytesOfRequest, read } from '../protocol/frames.js';
import { brokerOf, requestOf, sender } from './handler-kit.js';

const TOPIC = 'fixed';
const twoBrokers = (): [BrokerState, BrokerState] => [brokerOf(), { ...brokerOf(), name: 'broker-b' }];

function sendTo(broker: BrokerState, queueId: number, body = 'x'): Record<string, string> {
  const header = { producerGroup: 'g', topic: TOPIC, defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId };
  const request = sendMessage.request({ ...header, sysFlag: 0, bornAt: 1, flag: 0, body: Buffer.from(body) });
  const { fields } = sendMessageV2.answer(read(bytesOfRequest(request, 'json')), broker, sender);
  return Object.fromEntries(fields ?? []);
}

const ask = (handler: Handler<BrokerState>, broker: BrokerState, fields: Record<string, string>): Answer =>
  handler.answer(requestOf(handler.code, { topic: TOPIC, queueId: '0', ...fields }), broker, sender);

function pull(broker: BrokerState, queueOffset: number, queueId = 0): unknown {
  const place = { consumerGroup: 'g', queueId: String(queueId), queueOffset: String(queueOffset), maxMsgNums: '32' };
  const rest = { sysFlag: '4', commitOffset: '0', suspendTimeoutMillis: '0', subscription: '*', subVersion: '0' };
  const { code, remark, fields, body } = ask(pullMessage, broker, { ...place, ...rest });
  const { nextBeginOffset, minOffset, maxOffset, offsetDelta } = Object.fromEntries(fields ?? []);
  const range = [nextBeginOffset, minOffset, maxOffset, offsetDelta].join(' ');
  return [
    code,
    remark,
    range,
    decodeStoredMessages(Buffer.from(body ?? []))
      .map((one) => String(one.body))
      .join(' '),
  ];
}

/** As on the real cluster whose answers are expected here: three messages at b, two at a, two at b again. */
function movedTwice(): [BrokerState, BrokerState] {
  const brokers = twoBrokers();
  const [a, b] = brokers;
  placeLogicalQueues(TOPIC, ['broker-b', 'broker-a'], brokers);
  for (const body of ['m0', 'm1', 'm2']) sendTo(b, 0, body);
  placeLogicalQueues(TOPIC, ['broker-a', 'broker-a'], brokers);
  for (const body of ['o0', 'o1']) sendTo(a, 0, body);
  placeLogicalQueues(TOPIC, ['broker-b', 'broker-a'], brokers);
  for (const body of ['r0', 'r1']) sendTo(b, 0, body);
  return brokers;
}

test('a queue that moved goes on at the next block of offsets, one that stayed where it was', () => {
  const brokers = twoBrokers();
  const [a, b] = brokers;
  placeLogicalQueues(TOPIC, ['broker-b', 'broker-a'], brokers);
  const offsets = [sendTo(b, 0), sendTo(b, 0), sendTo(a, 1)].map(({ queueOffset }) => queueOffset);
  placeLogicalQueues(TOPIC, ['broker-a', 'broker-a'], brokers);
  const after = [sendTo(a, 0), sendTo(a, 0), sendTo(a, 1)];
  expect([...offsets, ...after.map(({ queueOffset }) => queueOffset)]).toEqual(['0', '1', '0', '10000', '10001', '1']);
  expect(after.map(({ queueId }) => queueId)).toEqual(['0', '0', '1']);
});

// TopicQueueMappingUtils.blockSeqRoundUp of 5.5.0, asked.
test.each([
  [0, 10_000],
  [4999, 10_000],
  [5000, 20_000],
  [9999, 20_000],
  [10_000, 20_000],
  [15_000, 30_000],
])('behind %i messages the next block begins at %i', (count, begins) => {
  const brokers = twoBrokers();
  const [a, b] = brokers;
  placeLogicalQueues(TOPIC, ['broker-a'], brokers);
  const empty = { flag: 0, sysFlag: 0, bornAt: 1, bornPort: 2, reconsumeTimes: 0, properties: '' };
  const message = { ...empty, topic: TOPIC, queueId: 0, body: Buffer.alloc(0) };
  for (let i = 0; i < count; i++) a.store.append(message);
  placeLogicalQueues(TOPIC, ['broker-b'], brokers);
  expect(sendTo(b, 0)['queueOffset']).toBe(String(begins));
});

test('at a broker it gets a queue that was not used before, as routes tell', () => {
  const [a, b] = movedTwice();
  expect(b.topics.get(TOPIC)).toMatchObject({
    readQueues: 2,
    mapping: { currIdMap: new Map([[0, 1]]), totalQueues: 2 },
  });
  expect(a.topics.get(TOPIC)).toMatchObject({ readQueues: 2, mapping: { currIdMap: new Map([[1, 0]]), epoch: 3 } });
});

test('the broker that has its end answers for all of it', () => {
  const [a, b] = movedTwice();
  expect(ask(getMaxOffset, b, {}).fields?.get('offset')).toBe('20002');
  expect(ask(getMinOffset, b, {}).fields?.get('offset')).toBe('0');
  const [first] = b.store.messages(TOPIC);
  expect(ask(getEarliestStoreTime, b, {}).fields?.get('timestamp')).toBe(String(first?.storedAt));
  expect(ask(searchOffset, b, { timestamp: '0' }).fields?.get('offset')).toBe('0');
  expect(ask(searchOffset, b, { timestamp: String(Date.now() + 9999) }).fields?.get('offset')).toBe('20002');
  expect([0, 2, 3, 10_000, 10_002, 20_001, 20_002, 30_000].map((offset) => pull(b, offset))).toEqual([
    [0, 'FOUND', '3 0 20000 0', 'm0 m1 m2'],
    [0, 'FOUND', '3 0 20000 0', 'm2'],
    [20, undefined, '10000 10000 20000 10000', ''],
    // Another broker has these.
    [0, '', '10002 10000 20000 10000', 'o0 o1'],
    [20, undefined, '20000 20000 20000 20000', ''],
    [0, 'FOUND', '20002 20000 20002 20000', 'r1'],
    [19, undefined, '20002 20000 20002 20000', ''],
    [21, undefined, '20002 20000 20002 20000', ''],
  ]);
  expect(pull(a, 1_000_000, 1)).toEqual([19, undefined, '0 0 0 0', '']);
});

test('all others say that they do not have it, each request in its own words', () => {
  const [a] = movedTwice();
  const said = (handler: Handler<BrokerState>, more: Record<string, string> = {}): unknown => {
    const { code, remark, fields } = ask(handler, a, more);
    return [code, remark, fields];
  };
  const elsewhere = 'fixed-0 does not exit in request process of current broker broker-a';
  expect(said(getMaxOffset)).toEqual([501, elsewhere, undefined]);
  expect(said(getEarliestStoreTime)).toEqual([501, elsewhere, undefined]);
  expect(said(searchOffset, { timestamp: '0' })).toEqual([501, elsewhere, undefined]);
  expect(said(getMinOffset)).toEqual([501, 'fixed-0 is not leader in broker broker-a, request code 31', undefined]);
  const unmapped = 'fixed-0 cannot find mapping item in request process of current broker broker-a';
  expect(pull(a, 0)).toEqual([501, unmapped, '   ', '']);
});
