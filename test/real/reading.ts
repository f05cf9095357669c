/** Checks those who read: the judge against the official producer, and the library's own reader against the judge. */
import { readAll } from '../conformance/read-all.js';
import type { RealCluster } from './cluster.js';
import type { JavaSent } from './judge.js';

const TOPIC = 'Reading';
const COUNT = 100;

export function readingSuite(cluster: () => RealCluster): void {
  let sent: JavaSent[] = [];
  beforeAll(async () => {
    await cluster().judge.createTopic(TOPIC, 4);
    sent = await cluster().judge.produce(TOPIC, COUNT, 7);
  });

  test('the judge reads what the official producer sent, place by place, from all queues of both brokers', async () => {
    const stored = await cluster().judge.readBack([TOPIC]);

    expect(stored).toHaveLength(COUNT);
    const byKey = new Map(stored.map((message) => [message.msgId, message]));
    for (const { properties, ...facts } of sent) {
      const found = byKey.get(facts.msgId);
      expect(found).toMatchObject(facts);
      // WAIT is not stored by 4.9.7
      const { WAIT: _, ...kept } = properties;
      expect(found?.properties).toMatchObject(kept);
    }
    expect(new Set(stored.map(({ brokerName, queueId }) => `${brokerName} ${queueId}`)).size).toBe(8);
  });

  test('readTopic reads what the judge reads', async () => {
    const stored = await cluster().judge.readBack([TOPIC]);

    const read = await readAll(cluster().nameServer, TOPIC);
    // the official client changes the sys flag when it inflates a body
    const expected = stored.map(({ sysFlag: _, ...facts }) => facts);
    const found = read.map(({ sysFlag: _, ...facts }) => facts);
    expect(found).toHaveLength(COUNT);
    expect(found).toEqual(expect.arrayContaining(expected));
  });
}
