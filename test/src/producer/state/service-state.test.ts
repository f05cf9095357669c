/** The life cycle as its users see it over a cluster: which states follow which, and what is refused in each. */
import { toRocketMQ } from '../../../../operators/to-rocketmq.js';
import { drop } from '../../../../src/testing/index.js';
import { ProducerBench, statesOf, TOPIC, until } from '../producer-kit.js';

const message = { topic: TOPIC, body: 'body' };

describe('the states of a producer', () => {
  const bench = new ProducerBench();

  test('a first send starts it, those that come meanwhile join', async () => {
    const producer = bench.producer();
    const states = statesOf(producer);
    const sends = [producer.send(message), producer.send(message)];
    expect(producer.state).toBe('START_FAILED');
    await Promise.all([...sends, producer.send(message)]);
    expect(states).toEqual(['CREATE_JUST', 'START_FAILED', 'RUNNING']);
    expect(bench.cluster.count(TOPIC)).toBe(3);
  });

  test.each(['CREATE_JUST', 'RUNNING'] as const)(
    'shutdown in %s is SHUTTING_DOWN at once: nothing is taken, nothing is started',
    async (state) => {
      const producer = bench.producer();
      if (state === 'RUNNING') await producer.start();
      const states = statesOf(producer);
      const stopping = producer.shutdown();
      expect(producer.state).toBe('SHUTTING_DOWN');
      await expect(producer.start()).rejects.toMatchObject({
        code: 'RMQ_STATE_INVALID',
        detail: { state: 'SHUTTING_DOWN' },
      });
      await expect(producer.send(message)).rejects.toMatchObject({ code: 'RMQ_CLOSED', stored: 'no' });
      expect(() => producer.sendOneway(message)).toThrow(expect.objectContaining({ code: 'RMQ_CLOSED' }));
      await expect(stopping).resolves.toEqual({ settled: 0, abandoned: [] });
      expect(states).toEqual([state, 'SHUTTING_DOWN', 'SHUTDOWN_ALREADY', 'complete']);
      expect(bench.cluster.count(TOPIC)).toBe(0);
    },
  );

  test('shutdown takes no message while it waits for a start, and no second start when that fails', async () => {
    const [first, second] = [bench.producer({ instanceName: 'one' }), bench.producer({ instanceName: 'one' })];
    await first.start();
    const states = statesOf(second);
    const late = second.start().catch(() => second.start());
    const stopping = second.shutdown();
    await expect(second.send(message)).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
    await expect(late).rejects.toMatchObject({ code: 'RMQ_STATE_INVALID' });
    await stopping;
    expect(states).toEqual([
      'CREATE_JUST',
      'START_FAILED',
      'CREATE_JUST',
      'SHUTTING_DOWN',
      'SHUTDOWN_ALREADY',
      'complete',
    ]);
  });

  test('shutdown may be called by whoever hears of its beginning', async () => {
    const producer = bench.producer();
    await producer.start();
    const states = statesOf(producer);
    const summaries: unknown[] = [];
    producer.state$.subscribe((state) => {
      if (state === 'SHUTTING_DOWN') summaries.push(producer.shutdown());
    });
    const summary = await producer.shutdown();
    expect(await Promise.all(summaries)).toEqual([summary]);
    expect(states).toEqual(['RUNNING', 'SHUTTING_DOWN', 'SHUTDOWN_ALREADY', 'complete']);
  });

  test('a duplicate group fails what was sent by it, as not stored, and it sends once the other is gone', async () => {
    const [first, second] = [bench.producer({ instanceName: 'two' }), bench.producer({ instanceName: 'two' })];
    await first.start();
    await expect(second.send(message)).rejects.toMatchObject({ code: 'RMQ_GROUP_DUPLICATE', stored: 'no' });
    expect(second.state).toBe('CREATE_JUST');
    await first.shutdown();
    await expect(second.send(message)).resolves.toMatchObject({ ok: true });
  });

  test('another group on the instance shares its connections, and survives the end of the first', async () => {
    const shared = { instanceName: 'three' };
    const [first, second] = [bench.producer(shared), bench.producer({ ...shared, group: 'other' })];
    await Promise.all([first.send(message), second.send(message)]);
    expect(bench.cluster.brokers[0].connections).toHaveLength(1);
    await first.shutdown();
    await expect(second.send(message)).resolves.toMatchObject({ ok: true });
  });

  test('the summary of a shutdown tells what was settled meanwhile from what was not', async () => {
    const rule = bench.cluster.brokers[0].script({ when: { code: 'SEND_MESSAGE_V2', times: 2 }, reply: drop() });
    const producer = bench.producer({ sendTimeoutMs: 60_000 });
    const lost = [1, 2].map(() => producer.send(message).catch(() => 'given back'));
    await until(() => rule.applied === 2);
    const answered = [1, 2, 3].map(() => producer.send(message));
    const { settled, abandoned } = await producer.shutdown({ timeoutMs: 200 });
    expect(settled).toBe(3);
    expect(abandoned.map(({ stage, stored }) => `${stage} ${stored}`)).toEqual(['shutdown maybe', 'shutdown maybe']);
    expect(await Promise.all(lost)).toEqual(['given back', 'given back']);
    await Promise.all(answered);
  });

  test('shutdown ends a stream whose source had not completed with RMQ_CLOSED, after its outcomes', async () => {
    const producer = bench.producer();
    const seen: unknown[] = [];
    const endless = (async function* () {
      yield message;
      await new Promise(() => {});
    })();
    const ended = new Promise<unknown>((resolve) => {
      toRocketMQ(producer)(endless).subscribe({ next: ({ ok }) => seen.push(ok), error: resolve });
    });
    await until(() => seen.length === 1);
    await producer.shutdown();
    expect([await ended, seen]).toMatchObject([{ code: 'RMQ_CLOSED' }, [true]]);
  });
});
