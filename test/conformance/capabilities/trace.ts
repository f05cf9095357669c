/** Row 12: brokers keep a trace of what was sent, which administrators can read; a trace never gets in the way. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Message } from '../../../src/index.js';
import type { Capability } from '../capability.js';
import { contents, expectRefused, expectStored, streamAll, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';
import type { TraceLine } from '../tracing.js';

const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';
/** Indexing takes brokers a moment. */
const FIND_LIMIT_MS = 15_000;

async function tracesOf(target: ConformanceTarget, traceTopic: string, msgId: string): Promise<readonly TraceLine[]> {
  const deadline = performance.now() + FIND_LIMIT_MS;
  for (;;) {
    const lines = await target.tracesOf(traceTopic, msgId);
    if (lines.length > 0 || performance.now() > deadline) return lines;
    await delay(200);
  }
}

const trace: Capability = {
  row: 12,
  title: 'Message trace',
  profile: 'trace',
  cases: [
    {
      name: 'an administrator finds the trace of every message by its id',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfTrace', 4);
        await withProducer(
          target,
          'conf_trace',
          async (producer) => {
            const sent = await streamAll(producer, contents('ConfTrace'));
            await expectStored(target, ['ConfTrace'], sent);
            await producer.shutdown();
            expect(producer.metrics().tracesDropped).toBe(0);
            const some = sent.filter((_, i) => i % 50 === 0);
            for (const { receipt } of some) {
              const lines = await tracesOf(target, TRACE_TOPIC, receipt?.msgId ?? '');
              expect(lines).toEqual([
                { type: 'Pub', group: 'conf_trace', costMs: expect.any(Number), status: 'success' },
              ]);
            }
          },
          { trace: true },
        );
      },
    },
    {
      name: 'traces go to a topic of the application, in batches as large as it wants',
      shows: 'success',
      run: async (target) => {
        await target.createTopic('ConfTraceOwn', 4);
        await target.createTopic('ConfTraces', 1);
        await withProducer(
          target,
          'conf_trace_own',
          async (producer) => {
            const sent = await streamAll(producer, contents('ConfTraceOwn').slice(0, 100));
            await producer.shutdown();
            const last = sent.at(-1)?.receipt?.msgId ?? '';
            expect(await tracesOf(target, 'ConfTraces', last)).toHaveLength(1);
            const traces = await target.readBack(['ConfTraces']);
            expect(traces.length).toBeLessThanOrEqual(20);
            expect(traces.length).toBeGreaterThanOrEqual(2);
          },
          { trace: { topic: 'ConfTraces', batch: 50 } },
        );
      },
    },
    {
      name: 'what was refused is not traced',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfTraceRefused', 1);
        await target.createTopic('ConfTracesRefused', 1);
        await withProducer(
          target,
          'conf_trace_refused',
          async (producer) => {
            const message: Message = {
              topic: 'ConfTraceRefused',
              body: 'refused',
              queue: { topic: 'ConfTraceRefused', brokerName: 'broker-a', queueId: 99 },
            };
            await expectRefused(producer, message, 'RMQ_QUEUE_REFUSED');
            const { msgId } = await producer.send({ topic: 'ConfTraceRefused', body: 'stored' });
            await producer.shutdown();
            expect(await tracesOf(target, 'ConfTracesRefused', msgId)).toHaveLength(1);
            expect(await target.readBack(['ConfTracesRefused'])).toHaveLength(1);
          },
          { trace: { topic: 'ConfTracesRefused' }, retries: 0 },
        );
      },
    },
    {
      name: 'traces that the broker refuses are dropped and counted, and no message fails for them',
      shows: 'refusal',
      run: async (target) => {
        await target.createTopic('ConfTraceDropped', 4);
        await target.createTopic('ConfTracesClosed', 1, { perm: 4 });
        await withProducer(
          target,
          'conf_trace_dropped',
          async (producer) => {
            const sent = await streamAll(producer, contents('ConfTraceDropped').slice(0, 30));
            await expectStored(target, ['ConfTraceDropped'], sent);
            await producer.shutdown();
            expect(producer.metrics()).toMatchObject({ sent: 30, failed: 0, tracesDropped: 30 });
          },
          { trace: { topic: 'ConfTracesClosed' } },
        );
      },
    },
  ],
};

export const capabilities: readonly Capability[] = [trace];
