import { from, lastValueFrom, toArray } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { requestReply } from '../../operators/request-reply.js';
import type { Message } from '../../src/producer/message/message.js';
import type { EmbeddedCluster } from '../../src/testing/index.js';
import type { Producer } from '../../src/producer/producer.js';
import { TestCluster, until } from './test-cluster.js';

const bench = new TestCluster();
beforeEach(() => bench.open({ brokers: 2 }));
afterEach(() => bench.close());

const questions = (count: number): Message<number>[] =>
  Array.from({ length: count }, (_, i) => ({ topic: 'orders', body: `${i}`, context: i }));

function answerAll(cluster: EmbeddedCluster, replier: Producer): void {
  cluster.messages$('orders').subscribe((request) => void replier.reply(request, request.body).catch(() => {}));
}

test('emits the reply to each request, in the order of the source if asked for', async () => {
  answerAll(bench.cluster, bench.producer({ group: 'answers' }));
  const replies = await lastValueFrom(
    from(questions(50)).pipe(requestReply(bench.producer(), { results: 'source', window: 8 }), toArray()),
  );
  expect(replies.map(({ context, body }) => [context, Buffer.from(body).toString()])).toEqual(
    Array.from({ length: 50 }, (_, i) => [i, `${i}`]),
  );
});

test('a request holds its slot until its reply is there: no more than the window wait', async () => {
  const producer = bench.producer();
  let read = 0;
  const source = (function* () {
    for (const question of questions(20)) {
      read++;
      yield question;
    }
  })();
  const failures: unknown[] = [];
  const subscription = fromPull(source)
    .pipe(requestReply(producer, { window: 4, timeoutMs: 60_000, onFailure: 'result' }))
    .subscribe((outcome) => failures.push(outcome));
  await until(() => bench.cluster.count('orders') === 4);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([read, producer.metrics().inFlight, bench.cluster.count('orders')]).toEqual([4, 4, 4]);
  subscription.unsubscribe();
  await producer.shutdown({ drain: false });
  expect(failures).toEqual([]);
});

test('a request without a reply is a failure in its time, and the stream goes on', async () => {
  const outcomes = await lastValueFrom(
    from(questions(3)).pipe(requestReply(bench.producer(), { timeoutMs: 150, onFailure: 'result' }), toArray()),
  );
  expect(outcomes).toHaveLength(3);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ ok: false, stored: 'maybe', error: { code: 'RMQ_REPLY_TIMEOUT' } });
  }
});

test('a shutdown that gives up ends what waits, as maybe stored', async () => {
  const producer = bench.producer();
  const ended = lastValueFrom(from(questions(2)).pipe(requestReply(producer, { timeoutMs: 60_000 }), toArray()));
  const error = ended.catch((thrown: unknown) => thrown);
  await until(() => bench.cluster.count('orders') === 2);
  const { abandoned } = await producer.shutdown({ timeoutMs: 50 });
  expect(abandoned.map(({ stored }) => stored)).toEqual(['maybe', 'maybe']);
  await error;
});

test.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY]])('timeoutMs %p is refused at once', (timeoutMs) => {
  expect(() => requestReply(bench.producer(), { timeoutMs })).toThrow(
    expect.objectContaining({ code: 'RMQ_CONFIG_INVALID' }),
  );
});
