import { replyTo, requestKind } from '../../../../src/producer/request/reply.js';
import { decodeProperties } from '../../../../src/protocol/properties.js';
import { goldenFrame } from '../../../golden/golden-frames.js';

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
