import { setTimeout as delay } from 'node:timers/promises';
import { ProducerBench, TOPIC } from '../producer-kit.js';

const later = { topic: TOPIC, body: 'later', delivery: { delayMs: 600_000 } };

describe('recall', () => {
  const bench = new ProducerBench({ recallMessages: true });

  test('takes back what its receipt has the handle of, and it is never delivered', async () => {
    const producer = bench.producer();
    const kept = await producer.send({ ...later, delivery: { delayMs: 1100 } });
    const { msgId, recallHandle = '' } = await producer.send({ ...later, delivery: { delayMs: 1100 } });
    expect(await producer.recall(TOPIC, recallHandle)).toBe(msgId);
    await delay(2300);
    expect(bench.cluster.messages(TOPIC).map((message) => message.msgId)).toEqual([kept.msgId]);
  });

  test('only timer messages have a handle', async () => {
    const producer = bench.producer();
    const { recallHandle: ofPlain } = await producer.send({ topic: TOPIC, body: 'now' });
    const { recallHandle: ofLevel } = await producer.send({ topic: TOPIC, body: 'x', delivery: { delayLevel: 5 } });
    const { recallHandle: ofTimer } = await producer.send(later);
    expect([ofPlain, ofLevel, ofTimer]).toEqual([undefined, undefined, expect.any(String)]);
  });

  test('starts a producer that was only created', async () => {
    const { recallHandle = '' } = await bench.producer({ group: 'sender' }).send(later);
    await expect(bench.producer().recall(TOPIC, recallHandle)).resolves.toEqual(expect.any(String));
  });

  test('refuses what is no handle and topics of retries, and asks nobody', async () => {
    const producer = bench.producer();
    await expect(producer.recall(TOPIC, 'abc')).rejects.toMatchObject({ code: 'RMQ_ARGUMENT_INVALID' });
    const { recallHandle = '' } = await producer.send(later);
    await expect(producer.recall('%RETRY%g', recallHandle)).rejects.toMatchObject({ code: 'RMQ_ARGUMENT_INVALID' });
    expect(bench.cluster.brokers[0].requests('RECALL_MESSAGE')).toBe(0);
  });

  test('says that a handle is of another topic', async () => {
    const producer = bench.producer();
    bench.cluster.createTopic('others');
    const { recallHandle = '' } = await producer.send(later);
    await expect(producer.recall('others', recallHandle)).rejects.toMatchObject({ code: 'RMQ_OPERATION_REFUSED' });
  });

  test('is refused after the shutdown', async () => {
    const producer = bench.producer();
    const { recallHandle = '' } = await producer.send(later);
    await producer.shutdown();
    await expect(producer.recall(TOPIC, recallHandle)).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
  });
});

describe('brokers that do not recall', () => {
  const bench = new ProducerBench({});

  test('say that it is not enabled', async () => {
    const producer = bench.producer();
    const { recallHandle = '' } = await producer.send(later);
    await expect(producer.recall(TOPIC, recallHandle)).rejects.toMatchObject({ code: 'RMQ_RECALL_DISABLED' });
  });
});
