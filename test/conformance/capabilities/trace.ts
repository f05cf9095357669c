/** Row 12: brokers keep a trace of what was sent, which administrators can read; a trace never gets in the way. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Message, Producer, SendReceipt } from '../../../src/index.js';
import { readTopic } from '../../../src/testing/index.js';
import { ADMIN } from '../access-users.js';
import type { Capability } from '../capability.js';
import { contents, expectRefused, expectStored, readAtLeast, streamAll, withProducer } from '../sending.js';
import type { ConformanceTarget } from '../target.js';
import type { TraceLine, TraceRecord } from '../tracing.js';

const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC';
/** Indexing takes brokers a moment. */
const FIND_LIMIT_MS = 15_000;

/** What is asked for, as soon as there is so much of it. */
async function soon<One>(ask: () => Promise<readonly One[]>, count = 1): Promise<readonly One[]> {
  const deadline = performance.now() + FIND_LIMIT_MS;
  for (;;) {
    const found = await ask();
    if (found.length >= count || performance.now() > deadline) return found;
    await delay(200);
  }
}

const tracesOf = (target: ConformanceTarget, traceTopic: string, msgId: string): Promise<readonly TraceLine[]> =>
  soon(() => target.tracesOf(traceTopic, msgId));

/** In the order of their types: they need not be stored in the order in which they were written. */
async function recordsOf(
  target: ConformanceTarget,
  traceTopic: string,
  msgId: string,
  count = 1,
): Promise<readonly TraceRecord[]> {
  const records = await soon(() => target.traceRecordsOf(traceTopic, msgId), count);
  const order = ({ type, fromTransactionCheck, success }: TraceRecord): string =>
    `${type} ${fromTransactionCheck} ${success}`;
  return records.toSorted((a, b) => order(a).localeCompare(order(b)));
}

/** What the record of a message says that was stored as its receipt tells. */
function sentAs(target: ConformanceTarget, group: string, receipt: SendReceipt, rest: TraceRecord): TraceRecord {
  const { msgId, offsetMsgId, queue, message } = receipt;
  return {
    type: 'Pub',
    regionId: 'DefaultRegion',
    group,
    topic: queue.topic,
    msgId,
    tags: message.tag ?? 'null',
    keys: message.keys === undefined ? 'null' : [message.keys].flat().join(' '),
    storeHost: target.brokers.get(queue.brokerName) ?? '',
    bodyLength: String(message.body.length),
    msgType: 'Normal_Msg',
    offsetMsgId,
    success: 'true',
    ...rest,
  };
}

/** The first request in the topic is answered. */
async function answerFirst(target: ConformanceTarget, topic: string, producer: Producer): Promise<SendReceipt> {
  const deadline = performance.now() + FIND_LIMIT_MS;
  for (;;) {
    for await (const request of readTopic(target.nameServers, topic)) return producer.reply(request, 'here');
    if (performance.now() > deadline) throw new Error('nobody asked');
    await delay(50);
  }
}

/** Where a producer logs to, and what it warned of. */
function warnings() {
  const logged: { readonly records?: number }[] = [];
  const none = (): void => {};
  return {
    logged,
    logger: { debug: none, info: none, error: none, warn: (fields: object) => void logged.push(fields) },
  };
}

const isAgain = (record: TraceRecord, before: TraceRecord | undefined): boolean =>
  record['fromTransactionCheck'] === 'true' && before?.['fromTransactionCheck'] === 'true';

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
      name: 'a trace says what a message was and where it lies; each of a batch has its own, one that nobody confirmed has none',
      shows: 'success',
      run: async (target) => {
        const [topic, traceTopic, group] = ['ConfTraceKinds', 'ConfTracesKinds', 'conf_trace_kinds'];
        await target.createTopic(topic, 1);
        await target.createTopic(traceTopic, 1);
        await withProducer(
          target,
          group,
          async (producer) => {
            const plain = await producer.send({ topic, body: 'plain', tag: 'größe-标签', keys: ['k1', 'k2'] });
            const ordered = await producer.send({ topic, body: 'ordered', shardingKey: 'a' });
            const later = await producer.send({ topic, body: 'later', delivery: { delayLevel: 1 } });
            const together = await producer.sendBatch(['1', '22', '333'].map((body) => ({ topic, body, keys: body })));
            producer.sendOneway({ topic, body: 'oneway', keys: 'oneway' });
            await producer.flush();
            await producer.shutdown();
            for (const receipt of [plain, ordered, ...together]) {
              expect(await recordsOf(target, traceTopic, receipt.msgId)).toEqual([sentAs(target, group, receipt, {})]);
            }
            expect(await recordsOf(target, traceTopic, later.msgId)).toEqual([
              sentAs(target, group, later, { msgType: 'Delay_Msg' }),
            ]);
            const stored = await readAtLeast(target, [topic], 7);
            const oneway = stored.find(({ properties }) => properties['KEYS'] === 'oneway');
            expect(await target.traceRecordsOf(traceTopic, oneway?.msgId ?? '')).toEqual([]);
          },
          { trace: { topic: traceTopic } },
        );
      },
    },
    {
      name: 'a request is traced, and so is its reply, as a message to the topic of replies',
      shows: 'success',
      run: async (target) => {
        const [topic, traceTopic] = ['ConfTraceAsked', 'ConfTracesAsked'];
        await target.createTopic(topic, 1);
        await target.createTopic(traceTopic, 1);
        const config = { trace: { topic: traceTopic } };
        const replied = await withProducer(
          target,
          'conf_trace_replies',
          async (replier) => {
            const asking = withProducer(
              target,
              'conf_trace_asks',
              (requester) => requester.request({ topic, body: 'who?', keys: 'asked' }, { timeoutMs: FIND_LIMIT_MS }),
              config,
            );
            const [reply, { receipt }] = await Promise.all([answerFirst(target, topic, replier), asking]);
            expect(await recordsOf(target, traceTopic, receipt.msgId)).toEqual([
              sentAs(target, 'conf_trace_asks', receipt, {}),
            ]);
            return reply;
          },
          config,
        );
        expect(await recordsOf(target, traceTopic, replied.msgId)).toEqual([
          sentAs(target, 'conf_trace_replies', replied, {}),
        ]);
        expect(replied.queue.topic).toBe('DefaultCluster_REPLY_TOPIC');
      },
    },
    {
      name: 'a transaction is traced with its half message and with each end that its broker was told',
      shows: 'success',
      profile: 'transactions',
      run: async (target) => {
        const [topic, traceTopic, group] = ['ConfTraceTx', 'ConfTracesTx', 'conf_trace_tx'];
        await target.createTopic(topic, 1);
        await target.createTopic(traceTopic, 1);
        await withProducer(
          target,
          group,
          async (producer) => {
            const message: Message = { topic, body: 'order', tag: 'tag', keys: ['k1', 'k2'] };
            for (const [resolution, states] of [
              ['commit', ['COMMIT_MESSAGE']],
              ['rollback', ['ROLLBACK_MESSAGE']],
              ['unknown', ['UNKNOW', 'COMMIT_MESSAGE']],
            ] as const) {
              const receipt = await producer.sendInTransaction(message, () => resolution);
              const half = sentAs(target, group, receipt, { msgType: 'Trans_Msg_Half' });
              const { success: _success, bodyLength: _bodyLength, offsetMsgId: _offsetMsgId, ...described } = half;
              const ends = states.map((transactionState, i) => ({
                ...described,
                type: 'EndTransaction',
                msgType: 'Trans_msg_Commit',
                transactionId: receipt.msgId,
                transactionState,
                fromTransactionCheck: String(i === 1),
              }));
              const records = await recordsOf(target, traceTopic, receipt.msgId, 1 + ends.length);
              // Asked again before the answer came, brokers are told again.
              expect(records.filter((record, i) => !isAgain(record, records[i - 1]))).toEqual([...ends, half]);
            }
          },
          { trace: { topic: traceTopic }, checkTransaction: () => 'commit' },
        );
      },
    },
    {
      name: 'a recall is traced, whether the broker did it or refused it',
      shows: 'success',
      profile: 'timers',
      only: { releases: ['5.5.0'], because: 'Brokers of 5.3.2 and later know recalls.' },
      run: async (target) => {
        const [topic, traceTopic, group] = ['ConfTraceRecall', 'ConfTracesRecall', 'conf_trace_recall'];
        await target.createTopic(topic, 1, { attributes: { 'message.type': 'DELAY' } });
        await target.createTopic('ConfTraceRecallOther', 1);
        await target.createTopic(traceTopic, 1);
        await withProducer(
          target,
          group,
          async (producer) => {
            const receipt = await producer.send({ topic, body: 'later', delivery: { delayMs: 60_000 } });
            const { msgId, recallHandle = '' } = receipt;
            await producer.recall(topic, recallHandle);
            const refused = producer.recall('ConfTraceRecallOther', recallHandle);
            await expect(refused).rejects.toMatchObject({ code: 'RMQ_OPERATION_REFUSED' });
            await producer.shutdown();
            const recall = { type: 'Recall', regionId: 'DefaultRegion', group, msgId };
            expect(await recordsOf(target, traceTopic, msgId, 3)).toEqual([
              sentAs(target, group, receipt, { msgType: 'Delay_Msg' }),
              { ...recall, topic: 'ConfTraceRecallOther', success: 'false' },
              { ...recall, topic, success: 'true' },
            ]);
          },
          { trace: { topic: traceTopic } },
        );
      },
    },
    {
      name: 'with access control on traces are signed as messages are, by whoever may send to both topics',
      shows: 'success',
      profile: 'access-control',
      run: async (target) => {
        const topic = 'ConfTraceSigned';
        const user = { accessKey: 'conformanceTraced', secretKey: 'conformance-traced-secret' };
        await target.createTopic(topic, 1);
        await target.allowSending(user, topic, TRACE_TOPIC);
        for (const [group, credentials] of [
          ['conf_trace_admin', ADMIN],
          ['conf_trace_user', user],
        ] as const) {
          await withProducer(
            target,
            group,
            async (producer) => {
              const sent = await streamAll(producer, contents(topic).slice(0, 25));
              await producer.shutdown();
              expect(producer.metrics()).toMatchObject({ sent: 25, failed: 0, tracesDropped: 0 });
              for (const { receipt } of [sent.at(0), sent.at(-1)].flatMap((one) => one ?? [])) {
                const line = { type: 'Pub', group, costMs: expect.any(Number), status: 'success' };
                expect(await tracesOf(target, TRACE_TOPIC, receipt?.msgId ?? '')).toEqual([line]);
              }
            },
            { credentials, trace: true },
          );
        }
      },
    },
    {
      name: 'traces of a user who may not send them are dropped, counted and logged, and no message fails for them',
      shows: 'refusal',
      profile: 'access-control',
      run: async (target) => {
        const [topic, traceTopic] = ['ConfTraceUnsigned', 'ConfTracesUnsigned'];
        const user = { accessKey: 'conformanceUntraced', secretKey: 'conformance-untraced-secret' };
        await target.createTopic(topic, 1);
        await target.createTopic(traceTopic, 1);
        await target.allowSending(user, topic);
        const { logged, logger } = warnings();
        await withProducer(
          target,
          'conf_trace_untraced',
          async (producer) => {
            const sent = await streamAll(producer, contents(topic).slice(0, 25));
            await expectStored(target, [topic], sent);
            await producer.shutdown();
            expect(producer.metrics()).toMatchObject({ sent: 25, failed: 0, tracesDropped: 25 });
          },
          { credentials: user, trace: { topic: traceTopic }, logger },
        );
        // Refused, not given up: the shutdown did not wait for them until its time was over.
        const refusals = logged.filter((fields) => 'records' in fields);
        expect(refusals.length).toBeGreaterThanOrEqual(3);
        for (const refusal of refusals) {
          expect(refusal).toMatchObject({ topic: traceTopic, err: { code: 'RMQ_ACCESS_DENIED', stored: 'no' } });
        }
        expect(refusals.reduce((sum, { records }) => sum + Number(records), 0)).toBe(25);
        expect(JSON.stringify(logged)).not.toContain(user.secretKey);
        expect(await target.readBack([traceTopic])).toEqual([]);
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
