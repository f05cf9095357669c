/** ESM and CommonJS copies of the packed package in one process: producers, operators and servers of either work together. */
import { PackedPackage } from './packed-package.js';

let packed: PackedPackage;
beforeAll(() => {
  packed = new PackedPackage();
  packed.write('copies.mjs', PROGRAM);
}, 120_000);
afterAll(() => packed.remove());

/** Prints what is seen where the producer, the operators and the embedded servers come from the copies that its arguments name. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  import * as rxjs from 'rxjs';
  import * as esm from 'rx-rocketmq';
  import * as esmTesting from 'rx-rocketmq/testing';
  const require = createRequire(import.meta.url);
  const doors = { esm, cjs: require('rx-rocketmq') };
  const [maker, using, servers] = process.argv.slice(2);
  const a = doors[maker];
  const b = doors[using];
  const { startEmbeddedCluster } = servers === 'esm' ? esmTesting : require('rx-rocketmq/testing');
  const { lastValueFrom, map, of, pipe, tap, toArray } = rxjs;
  const seen = {};
  const message = (n) => ({ topic: 't', body: String(n), keys: String(n) });
  const outcomesOf = (source) => lastValueFrom(source.pipe(toArray()));

  // An error of a route, which the operators ask for again as long as there is time.
  const dead = a.createProducer({ nameServers: '127.0.0.1:1', group: 'a', logger: false, sendTimeoutMs: 300 });
  const error = await lastValueFrom(of(message(0)).pipe(b.toRocketMQ(dead))).catch((thrown) => thrown);
  seen.unreachable = [error.code, error.stored];
  seen.kinds = ['RocketMQError', 'SendError', 'UnreachableError', 'RejectedError'].map((name) =>
    [error, error.failure.error].map((one) => [one instanceof a[name], one instanceof b[name]]));
  await dead.shutdown();

  const cluster = await startEmbeddedCluster();
  const config = { nameServers: cluster.nameServers, logger: false };
  const producer = a.createProducer({ ...config, group: 'b', instanceName: 'shared', maxInFlight: 8 });

  // The stages of both copies in turn.
  const mixed = await outcomesOf(of(message(1), { topic: 't', body: '' }).pipe(
    a.validateMessage(), b.admit(producer), a.compressBody(), b.lookupRoute(producer),
    b.retryExcludingBroker(pipe(a.selectQueue(), b.sendMessage(producer))), a.settle({ onFailure: 'result' }),
  ));
  seen.stages = mixed.map(({ ok, error }) => ok || error.code).sort();

  // Gates: found by itself, and passed by hand; and the limit over all streams of the producer.
  const readAhead = async (gate, options) => {
    let open = 0;
    let most = 0;
    const rows = function* () { for (let n = 0; n < 500; n++) { most = Math.max(most, ++open); yield n; } };
    const outcomes = await outcomesOf(b.fromPull(rows(), gate).pipe(
      map(message), b.toRocketMQ(producer, { ...options, ...(gate && { gate }) }), tap(() => open--)));
    return [new Set(outcomes.map(({ msgId }) => msgId)).size, most <= 9];
  };
  seen.ambientGate = await readAhead(undefined, { window: 8 });
  seen.gateByHand = await readAhead(a.createFlowGate({ window: 8 }), {});
  seen.limit = await readAhead(undefined, {});

  // One client instance, so that the group is known to be taken.
  seen.group = await b.createProducer({ ...config, group: 'b', instanceName: 'shared' }).start().catch(({ code }) => code);

  // A failed attempt, which the operators judge.
  for (const broker of cluster.brokers) await broker.kill();
  const [outcome] = await outcomesOf(of(message(2)).pipe(b.toRocketMQ(producer, { onFailure: 'result', retry: { delayMs: () => 1 } })));
  seen.attempts = [outcome.ok, outcome.error.code === 'RMQ_CONNECT_FAILED' || outcome.error.code === 'RMQ_CONNECTION_LOST', outcome.attempts.length];
  await producer.shutdown();
  await cluster.close();
  console.log(JSON.stringify(seen));
`;

const SEEN = {
  unreachable: ['RMQ_NAME_SERVER_UNREACHABLE', 'no'],
  kinds: [
    [
      [true, true],
      [true, true],
    ],
    [
      [true, true],
      [false, false],
    ],
    [
      [false, false],
      [true, true],
    ],
    [
      [false, false],
      [false, false],
    ],
  ],
  stages: ['RMQ_MESSAGE_INVALID', true],
  ambientGate: [500, true],
  gateByHand: [500, true],
  limit: [500, true],
  group: 'RMQ_GROUP_DUPLICATE',
  attempts: [false, true, 3],
};

const COPIES = ['esm', 'cjs'];
const PAIRINGS = COPIES.flatMap((maker) =>
  COPIES.flatMap((using) => COPIES.map((servers) => [maker, using, servers] as const)),
);

test.each(PAIRINGS)('a producer of %s with operators of %s and servers of %s', (...pairing) => {
  const { status, output } = packed.node('copies.mjs', ...pairing);
  expect(output).toMatch(/^\{.*\}$/);
  expect(JSON.parse(output)).toEqual(SEEN);
  expect(status).toBe(0);
});
