import { createNameServer } from '../../../src/testing/embedded-name-server.js';
import { type ReleaseName, serverRelease } from '../../../src/testing/server-release.js';
import { TopicTable } from '../../../src/testing/topic-table.js';
import { type RawAnswer, RawClient } from './raw-client.js';

/** What a name server says to each of these requests, and then no more. */
async function answersOf(release: ReleaseName, codes: readonly number[]): Promise<readonly RawAnswer[]> {
  const { server, state } = createNameServer(serverRelease(release));
  const topics = new TopicTable();
  topics.set({ topic: 'orders', readQueues: 1, writeQueues: 1, perm: 6 });
  state.register({ name: 'broker-a', address: '127.0.0.1:1', topics });
  await server.restart();
  const client = await RawClient.connect(server.address);
  for (const code of codes) client.send(code, { fields: { topic: 'orders' } });
  await client.settled();
  await client.close();
  await server.kill();
  return client.received.slice(0, -1);
}

test('it answers with what it knows', async () => {
  const [answer] = await answersOf('5.5.0', [105]);
  expect(answer).toMatchObject({ code: 0, version: 513 });
  expect(Buffer.from(answer?.body ?? []).toString()).toContain('"brokerName":"broker-a"');
});

test('requests it does not know are refused by 5.5.0 and ignored by 4.9.7', async () => {
  const refused = await answersOf('5.5.0', [9998, 34]);
  expect(refused.map(({ code, remark }) => [code, remark])).toEqual([
    [3, ' request type 9998 not supported'],
    [3, ' request type 34 not supported'],
  ]);
  expect(await answersOf('4.9.7', [9998, 34])).toEqual([]);
});
