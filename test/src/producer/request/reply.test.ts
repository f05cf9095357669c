import { Receipt } from '../../../../src/producer/message/outcome.js';
import { ReceivedReply, replyTo, requestKind } from '../../../../src/producer/request/reply.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';
import { goldenFrame } from '../../../golden/golden-frames.js';
import { printsOf } from '../../../printers.js';

const sentBy = (release: string, code: number): ReadonlyMap<string, string> =>
  decodeProperties(goldenFrame(`${release}/request-reply`, (frame) => frame.code === code).extFields?.['i'] ?? '');

test.each(['5.5.0', '4.9.7'])('a request has the properties of the Java client of %s', (release) => {
  const java = sentBy(release, 310);
  const correlationId = java.get('CORRELATION_ID') ?? '';
  const kind = requestKind({ correlationId, clientId: '192.0.2.2@requester', ttlMs: 8000 });
  for (const [name, value] of decodeProperties(kind.properties)) expect(java.get(name)).toBe(value);
});

test.each(['5.5.0', '4.9.7'])('a reply has the properties and the topic of the Java client of %s', (release) => {
  const request = Object.fromEntries(sentBy(release, 310));
  const java = sentBy(release, 325);
  const { topic, kind } = replyTo({ properties: { ...request, CLUSTER: 'DefaultCluster' } });
  expect(topic).toBe('DefaultCluster_REPLY_TOPIC');
  const ours = decodeProperties(kind.properties);
  expect([...ours.keys()].toSorted()).toEqual(['CORRELATION_ID', 'MSG_TYPE', 'REPLY_TO_CLIENT', 'TTL']);
  for (const [name, value] of ours) expect(java.get(name)).toBe(value);
  expect(kind.isReply).toBe(true);
});

test('a part of a millisecond is not cut off the time to live', () => {
  const { properties } = requestKind({ correlationId: 'c', clientId: 'i', ttlMs: 0.5 });
  expect(decodeProperties(properties).get('TTL')).toBe('1');
});

test('a received reply, and its receipt, show neither bodies nor properties nor context', () => {
  const message = { topic: 'orders', body: 'secret', context: 'secret' };
  const sent = { message, context: 'secret', msgId: 'ID', attempt: 1, startedAt: 0, handedInAt: 0 };
  const queue = { topic: 'orders', brokerName: 'broker-a', queueId: 1 };
  const answer = { status: 'SEND_OK', offsetMsgId: 'OFFSET', queueId: 1, queueOffset: 2n } as const;
  const receipt = new Receipt(sent, queue, answer, 1);
  const facts = {
    body: Buffer.from('secret'),
    properties: { p: 'secret' },
    elapsedMs: 1,
    totalMs: 2,
    receipt,
    context: 'secret',
  };
  const reply = new ReceivedReply(facts);
  const bytes = [...facts.body];
  const secrets = ['secret', bytes.join(), bytes.join(', '), facts.body.toString('hex')];
  for (const printed of [reply, Object.assign(receipt, { reply })]) expect(printsOf(printed, secrets)).toEqual([]);
  const { body, properties, elapsedMs, totalMs, context } = reply;
  expect({ body, properties, elapsedMs, totalMs, receipt: reply.receipt, context }).toEqual(facts);
});
