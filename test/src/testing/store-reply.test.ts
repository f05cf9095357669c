import type { Command } from '../../../src/protocol/command.js';
import { decodeProperties, encodeProperties } from '../../../src/protocol/properties.js';
import type { Answer } from '../../../src/testing/answer.js';
import { REPLY_TOPIC } from '../../../src/testing/broker-state.js';
import { sendAnswerFields } from '../../../src/testing/check-send.js';
import type { ReleaseName } from '../../../src/testing/server-release.js';
import { storeReply } from '../../../src/testing/store-reply.js';
import { brokerOf, sender } from './handler-kit.js';

type Properties = Readonly<Record<string, string>>;

/** A broker that knows one requester, which says `outcome` to a reply. */
function replyAt(release: ReleaseName, given: Properties, outcome: Promise<number | undefined>, body = 'the reply') {
  const broker = brokerOf(release);
  broker.topics.set({ topic: REPLY_TOPIC, readQueues: 1, writeQueues: 1, perm: 6 });
  const pushed: (Partial<Command> & { limitMs: number })[] = [];
  const ask: typeof sender.ask = (request, limitMs) => {
    pushed.push({ ...request, limitMs });
    return outcome;
  };
  broker.clients.heartbeat('requester', ['g'], { ...sender, ask });
  const properties = encodeProperties(Object.entries(given));
  const place = {
    producerGroup: 'g',
    topic: REPLY_TOPIC,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
  };
  const header = { ...place, sysFlag: 0, bornAt: 5, flag: 0, properties };
  return { broker, pushed, said: storeReply({ header, body: Buffer.from(body), sender }, broker) };
}

const toRequester = { REPLY_TO_CLIENT: 'requester', CORRELATION_ID: 'c' };
const succeeding = Promise.resolve(0);
const releases = ['5.5.0', '4.9.7'] as const;
const parts = ({ code, remark, fields }: Answer): unknown => [code, remark, Object.fromEntries(fields ?? [])];
const place = {
  msgId: expect.stringMatching(/^[0-9A-F]{32}$/),
  queueId: '0',
  queueOffset: '0',
  MSG_REGION: 'DefaultRegion',
  TRACE_ON: 'true',
};

test.each(releases)('a reply is brought to who asked, and stored as it was sent, as %s', async (release) => {
  const { broker, pushed, said } = replyAt(release, toRequester, succeeding);
  expect(pushed).toMatchObject([{ code: 326, body: Buffer.from('the reply'), limitMs: 10_000 }]);
  expect(parts(await said)).toEqual([0, undefined, place]);
  const added = release === '5.5.0' ? { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' } : {};
  const [stored] = broker.store.messages(REPLY_TOPIC);
  expect(Object.fromEntries(decodeProperties(stored?.properties ?? ''))).toEqual({ ...toRequester, ...added });
  expect(Object.fromEntries(pushed[0]?.fields ?? [])).toMatchObject({
    bornHost: sender.remoteAddress,
    storeHost: '127.0.0.1:10911',
    reconsumeTimes: '0',
    unitMode: 'false',
  });
  expect(Object.fromEntries(decodeProperties(pushed[0]?.fields?.get('properties') ?? ''))).toEqual({
    ...toRequester,
    ...added,
    PUSH_REPLY_TIME: expect.stringMatching(/^\d+$/),
  });
});

test('nothing is said to the replier, and nothing stored, before the requester has answered', async () => {
  let answer: (code: number) => void = () => undefined;
  const { broker, said } = replyAt('5.5.0', toRequester, new Promise((resolve) => (answer = resolve)));
  let isSaid = false;
  const told = Promise.resolve(said).then(() => (isSaid = true));
  await new Promise(setImmediate);
  expect([isSaid, broker.store.count(REPLY_TOPIC)]).toEqual([false, 0]);
  answer(0);
  await told;
  expect(broker.store.count(REPLY_TOPIC)).toBe(1);
});

test.each([
  ['who refuses it', toRequester, 1, 'push reply message to requesterfail.'],
  ['who says nothing', toRequester, undefined, 'push reply message to requesterfail.'],
  ['who is gone', { REPLY_TO_CLIENT: 'nobody' }, 0, 'push reply message fail, channel of <nobody> not found.'],
  ['nobody', { CORRELATION_ID: 'c' }, 0, 'reply message properties[REPLY_TO_CLIENT] is null'],
] as const)('a reply to %s fails, and is stored all the same', async (_who, properties, outcome, remark) => {
  for (const release of releases) {
    const { broker, said } = replyAt(release, properties, Promise.resolve(outcome));
    expect(parts(await said)).toEqual([1, remark, place]);
    expect(broker.store.count(REPLY_TOPIC)).toBe(1);
  }
});

test('where it cannot be stored, that is not said', async () => {
  const large = { CORRELATION_ID: 'x'.repeat(33_000) };
  const failed = replyAt('5.5.0', large, succeeding);
  expect(await failed.said).toMatchObject({ code: 1, fields: sendAnswerFields });
  const brought = replyAt('5.5.0', { ...toRequester, ...large }, succeeding);
  expect(parts(await brought.said)).toEqual([0, undefined, { ...place, msgId: '0' }]);
  expect([failed, brought].map(({ broker }) => broker.store.count(REPLY_TOPIC))).toEqual([0, 0]);
});

test('5.5.0 trips over one without a body, 4.9.7 does not', async () => {
  expect(await replyAt('5.5.0', toRequester, succeeding, '').said).toMatchObject({
    code: 1,
    remark: expect.stringContaining('NullPointerException'),
  });
  expect(await replyAt('4.9.7', toRequester, succeeding, '').said).toMatchObject({ code: 0 });
});
