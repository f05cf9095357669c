/**
 * An endless source into a broker that reads and never answers: the small brother of `npm run test:memory`, which also
 * looks at the heap and at the rates.
 */
import { map } from 'rxjs';
import { createProducer, fromPull, toRocketMQ } from '../../src/index.js';
import { startEmbeddedCluster } from '../../src/testing/index.js';

const WINDOW = 256;

test('a silent broker: no more is pulled than the window, every message ends, and all goes on when it speaks again', async () => {
  const cluster = await startEmbeddedCluster({ storeBodies: false });
  const [broker] = cluster.brokers;
  if (broker === undefined) throw new Error('the cluster has no broker');
  const producer = createProducer({
    nameServers: cluster.nameServers,
    group: 'bounded',
    sendTimeoutMs: 400,
    logger: false,
  });
  let pulled = 0;
  let settled = 0;
  let acknowledged = 0;
  let widest = 0;
  const waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ holds, resolve });
    });
  const sample = (): void => {
    widest = Math.max(widest, pulled - settled);
    for (const { holds, resolve } of waiting) if (holds()) resolve();
  };
  function* endless(): Generator<number> {
    for (;;) {
      pulled++;
      sample();
      yield pulled;
    }
  }

  const subscription = fromPull(endless())
    .pipe(
      map((n) => ({ topic: 'bounded', body: `reading ${n}` })),
      toRocketMQ(producer, { window: WINDOW, onFailure: 'result' }),
    )
    .subscribe((outcome) => {
      settled++;
      if (outcome.ok) acknowledged++;
      sample();
    });
  await until(() => acknowledged >= WINDOW);

  broker.pause();
  const atPause = settled;
  await until(() => settled - atPause >= 1000);
  const beforeResume = acknowledged;
  broker.resume();
  await until(() => acknowledged >= beforeResume + 10 * WINDOW);
  expect(widest).toBe(WINDOW);

  broker.pause();
  await until(() => pulled - settled === WINDOW);
  expect(producer.metrics()).toMatchObject({ inFlight: WINDOW, buffered: 0 });
  subscription.unsubscribe();
  await producer.flush();
  expect(producer.metrics()).toMatchObject({ inFlight: 0, inFlightBytes: 0, buffered: 0 });
  const { offered, sent, failed } = producer.metrics();
  expect(sent + failed).toBe(offered);

  await producer.shutdown();
  await cluster.close();
}, 60_000);
