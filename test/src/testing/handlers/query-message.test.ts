import { encodeProperties } from '../../../../src/protocol/properties.js';
import { decodeStoredMessages } from '../../../../src/protocol/stored-message.js';
import { queryMessage } from '../../../../src/testing/handlers/query-message.js';
import { brokerOf, requestOf, sender } from '../handler-kit.js';

const broker = brokerOf();
for (const [i, keys] of ['same a', 'same b', 'other', 'same c'].entries()) {
  const properties = encodeProperties([
    ['UNIQ_KEY', `U${i}`],
    ['KEYS', keys],
  ]);
  const rest = { flag: 0, sysFlag: 0, bornAt: 1, bornPort: 2, reconsumeTimes: 0, properties };
  broker.store.append({ topic: 'orders', queueId: i % 2, body: Buffer.from(`${i}`), ...rest });
}

function query(key: string, changes: Record<string, string> = {}) {
  const range = { beginTimestamp: '0', endTimestamp: '9223372036854775807' };
  const answer = queryMessage.answer(
    requestOf(12, { topic: 'orders', key, maxNum: '32', ...range, ...changes }),
    broker,
    sender,
  );
  const found = decodeStoredMessages(Buffer.from(answer.body ?? [])).map(({ body }) => body.toString());
  return { ...answer, found };
}

test('the messages with a key are found in all queues, in the order they were stored', () => {
  expect(query('same')).toMatchObject({ code: 0, found: ['0', '1', '3'] });
  expect(query('b').found).toEqual(['1']);
});

test('of more than are asked for the latest are given', () => {
  expect(query('same', { maxNum: '2' }).found).toEqual(['1', '3']);
});

test('a unique key is found as one, and as a key', () => {
  expect(query('U2', { _UNIQUE_KEY_QUERY: 'true', maxNum: '0' }).found).toEqual(['2']);
  expect(query('U2').found).toEqual(['2']);
  expect(query('same', { _UNIQUE_KEY_QUERY: 'true' }).found).toEqual([]);
});

test('nothing found is told with a code and a remark', () => {
  for (const nothing of [query('sam'), query('same', { endTimestamp: '1' }), query('same', { topic: 'x' })]) {
    expect(nothing).toMatchObject({ code: 22, remark: 'can not find message, maybe time range not correct' });
    expect(nothing.fields?.get('indexLastUpdatePhyoffset')).toBe('0');
  }
});
