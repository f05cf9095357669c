import { getEventListeners } from 'node:events';
import { abortable } from '../../../src/producer/abortable.js';
import { drop } from '../../../src/testing/index.js';
import { ProducerBench, TOPIC } from './producer-kit.js';

const never = new Promise<void>(() => {});

describe('a wait with a signal', () => {
  test('is the wait itself, where the signal says nothing, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), 'one', signal)).toBe(1);
    await expect(abortable(Promise.reject(new Error('two')), 'two', signal)).rejects.toThrow('two');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('ends with RMQ_ABORTED, at once where it is aborted already; what fails later is nobody’s', async () => {
    const controller = new AbortController();
    const waiting = abortable(never, 'what never comes', controller.signal);
    controller.abort('enough');
    await expect(waiting).rejects.toMatchObject({ code: 'RMQ_ABORTED', cause: 'enough' });
    const failing = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 1));
    await expect(abortable(failing, 'that', controller.signal)).rejects.toMatchObject({ code: 'RMQ_ABORTED' });
    await failing.catch(() => {});
  });
});

describe('a producer', () => {
  const bench = new ProducerBench({ brokers: 1 });

  test('starts and sends on when a wait for it was aborted', async () => {
    const producer = bench.producer();
    await expect(producer.start(AbortSignal.abort())).rejects.toMatchObject({ code: 'RMQ_ABORTED' });
    for (const broker of bench.cluster.brokers) broker.script({ when: { times: 1 }, reply: drop() });
    const sending = producer.send({ topic: TOPIC, body: 'x' }, { timeoutMs: 300 });
    const outcome = sending.catch((error: unknown) => error);
    await expect(producer.flush(AbortSignal.abort())).rejects.toMatchObject({ code: 'RMQ_ABORTED' });
    await producer.flush(new AbortController().signal);
    await outcome;
    expect(producer.metrics()).toMatchObject({ offered: 1, inFlight: 0 });
  });
});
