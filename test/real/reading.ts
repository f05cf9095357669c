/** Checks those who read: the judge against the official producer, and the library's own reader against the judge. */
import { createHash } from 'node:crypto';
import { readTopic } from '../../src/testing/index.js';
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

    const found: unknown[] = [];
    for await (const { topic, queue, body, bornAt, ...message } of readTopic(cluster().nameServer, TOPIC)) {
      const { queueOffset, offsetMsgId, msgId, properties, flag } = message;
      found.push({
        topic,
        brokerName: queue.brokerName,
        queueId: queue.queueId,
        queueOffset,
        offsetMsgId,
        msgId,
        properties,
        flag,
        bornAt: bornAt.getTime(),
        bodyLength: body.length,
        bodySha256: createHash('sha256').update(body).digest('hex'),
      });
    }
    // the official client changes the sys flag when it inflates a body
    const expected = stored.map(({ sysFlag: _, ...facts }) => facts);
    expect(found).toHaveLength(COUNT);
    expect(found).toEqual(expect.arrayContaining(expected));
  });
}
