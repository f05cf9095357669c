/**
 * QUERY_MESSAGE (12) at the broker: the messages of a topic with a key or unique key. It looks at all of them, where a
 * real broker has an index; so what was stored a moment ago is found at once.
 * Source: QueryMessageProcessor.java, IndexService.java (5.5.0), and answers of real 5.5.0 and 4.9.7.
 */
import { MessageProperty } from '../../protocol/message-properties.js';
import { decodeProperties } from '../../protocol/properties.js';
import { queryMessage as call, type QueryMessageRequest } from '../../protocol/requests/query-message.js';
import { encodeStoredMessage, type StoredMessage } from '../../protocol/stored-message.js';
import type { BrokerState } from '../broker-state.js';
import { handler } from './handler.js';

/** `defaultQueryMaxNum`, which unique keys get whatever is asked for. */
const MAX_OF_UNIQUE_KEY = 32;

export const queryMessage = handler(call, (request, { store }: BrokerState) => {
  const max = request.isUniqueKey === true ? MAX_OF_UNIQUE_KEY : request.maxMessages;
  const all = [...store.messages(request.topic)];
  const indexedSince = all.reduce((first, { storedAt }) => Math.min(first, storedAt), Number.POSITIVE_INFINITY);
  const found = all
    .filter((stored) => isMeant(stored, indexedSince, request))
    .sort((a, b) => Number(a.commitLogOffset - b.commitLogOffset))
    .slice(-max);
  const last = found.at(-1);
  const answer = call.response({
    indexUpdatedAt: BigInt(last?.storedAt ?? 0),
    indexUpdatedTo: last?.commitLogOffset ?? 0n,
    messages: Buffer.concat(found.map(encodeStoredMessage)),
  });
  if (found.length > 0) return answer;
  return { ...answer, remark: 'can not find message, maybe time range not correct' };
});

function isMeant(
  { properties, storedAt }: StoredMessage,
  indexedSince: number,
  { key, from, to, isUniqueKey }: QueryMessageRequest,
): boolean {
  // An index file knows the whole seconds since its first message.
  const indexedAt = BigInt(storedAt - ((storedAt - indexedSince) % 1000));
  if (indexedAt < from || indexedAt > to) return false;
  const decoded = decodeProperties(properties);
  if (decoded.get(MessageProperty.UNIQUE_KEY) === key) return true;
  return isUniqueKey !== true && (decoded.get(MessageProperty.KEYS) ?? '').split(' ').includes(key);
}
