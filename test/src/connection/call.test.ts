import { call, type CallOptions } from '../../../src/connection/call.js';
import { ConnectionPool } from '../../../src/connection/connection-pool.js';
import { silentLogger } from '../../../src/observe/logger.js';
import { getRouteInfo } from '../../../src/protocol/requests/get-route-info.js';
import { RequestCode } from '../../../src/protocol/request-codes.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { VirtualTime } from '../time/virtual-time.js';
import { endOfTurn, FakeNetwork } from './fake-network.js';
import { answerTo, framesIn } from './frames.js';

async function ask(options?: CallOptions) {
  const time = new VirtualTime();
  const network = new FakeNetwork();
  const sweep = new DeadlineSweep(time.clock);
  const pool = new ConnectionPool({ clock: time.clock, sweep, dial: network.dial, logger: silentLogger });
  const answer = call(pool.get('10.0.0.1:9876'), getRouteInfo, { topic: 'orders' }, 1000, options);
  network.last.server.onOpen();
  await endOfTurn();
  return { time, network, transport: network.last, answer };
}

test('the request goes out and the promise resolves with what the answer says', async () => {
  const { transport, answer } = await ask();
  const [request] = framesIn(Buffer.concat(transport.written));
  expect(request?.code).toBe(RequestCode.GET_ROUTEINFO_BY_TOPIC);
  expect(request?.fields.get('topic')).toBe('orders');
  transport.server.onBytes(answerTo(0, { body: Buffer.from('{"brokerDatas":[],"queueDatas":[]}') }));
  expect(await answer).toMatchObject({ brokerDatas: [], queueDatas: [] });
});

test('an answer that is a refusal rejects with what it means', async () => {
  const { transport, answer } = await ask();
  transport.server.onBytes(answerTo(0, { code: 17, remark: 'No topic route info' }));
  await expect(answer).rejects.toMatchObject({ code: 'RMQ_TOPIC_MISSING', detail: { responseCode: 17 } });
});

test('an answer that cannot be read rejects, and the connection goes on', async () => {
  const { transport, answer } = await ask();
  transport.server.onBytes(answerTo(0, { body: Buffer.from('no JSON') }));
  await expect(answer).rejects.toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION' });
  expect(transport.isDestroyed).toBe(false);
});

test('a deadline that passes and a connection that fails reject', async () => {
  const late = await ask();
  late.time.advance(1100);
  await expect(late.answer).rejects.toMatchObject({ code: 'RMQ_ATTEMPT_TIMEOUT' });
  const lost = await ask();
  lost.transport.server.onLost(undefined);
  await expect(lost.answer).rejects.toMatchObject({ code: 'RMQ_CONNECTION_LOST' });
});

const goAway = (opaque: number): Buffer => answerTo(opaque, { code: 1500, remark: 'please go away' });

test('a server that goes away is asked once more, on another connection, and no more than that', async () => {
  const { network, transport, answer } = await ask();
  transport.server.onBytes(goAway(0));
  expect(network.transports).toHaveLength(2);
  network.last.server.onOpen();
  await endOfTurn();
  const [request] = framesIn(Buffer.concat(network.last.written));
  expect(request?.fields.get('topic')).toBe('orders');
  network.last.server.onBytes(goAway(0));
  await expect(answer).rejects.toMatchObject({ code: 'RMQ_BROKER_UNAVAILABLE', detail: { responseCode: 1500 } });
  expect(network.transports).toHaveLength(2);

  const better = await ask();
  better.transport.server.onBytes(goAway(0));
  better.network.last.server.onOpen();
  await endOfTurn();
  better.network.last.server.onBytes(answerTo(0, { body: Buffer.from('{"brokerDatas":[],"queueDatas":[]}') }));
  expect(await better.answer).toMatchObject({ queueDatas: [] });
});

test('a call that does not move on is refused at once', async () => {
  const { network, transport, answer } = await ask({ movesOn: false });
  transport.server.onBytes(goAway(0));
  await expect(answer).rejects.toMatchObject({ code: 'RMQ_BROKER_UNAVAILABLE' });
  expect(network.transports).toHaveLength(1);
});
