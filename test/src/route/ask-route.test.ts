import { ConnectionPool } from '../../../src/connection/connection-pool.js';
import { silentLogger } from '../../../src/observe/logger.js';
import { getRouteInfo } from '../../../src/protocol/requests/get-route-info.js';
import type { Answer } from '../../../src/protocol/remote-call.js';
import { createRouteQuestion } from '../../../src/route/ask-route.js';
import { Clock } from '../../../src/time/clock.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { MemoryNetwork } from '../client/memory-network.js';
import { sampleRoute } from './sample-routes.js';

/** What the question resolves or rejects with when the name server answers so. */
async function ask(answer: Answer | undefined, mayAsk = (): Promise<void> | undefined => undefined): Promise<unknown> {
  const network = new MemoryNetwork();
  const clock = new Clock(network.scheduler);
  network.serve('ns:9876', (frame) => {
    expect(getRouteInfo.decodeRequest(frame).topic).toBe('t');
    return answer;
  });
  const pool = new ConnectionPool({ clock, sweep: new DeadlineSweep(clock), logger: silentLogger, dial: network.dial });
  const asking = createRouteQuestion(pool, { mayAsk })('ns:9876', 't', clock.now() + 1000);
  const [outcome] = await Promise.all([asking.catch((error: unknown) => error), network.play(1100)]);
  pool.closeAll();
  return outcome;
}

describe('question for a route', () => {
  test('is answered with the route', async () => {
    const route = sampleRoute({ name: 'a' });
    await expect(ask(getRouteInfo.response(route))).resolves.toEqual(route);
  });

  test('finds nothing when the topic does not exist', async () => {
    await expect(ask({ code: 17, fields: new Map() })).resolves.toBeUndefined();
  });

  test.each([
    ['a name server that is not ready', { code: 1, fields: new Map() }, 'RMQ_BROKER_ERROR'],
    ['a broker', { code: 3, fields: new Map() }, 'RMQ_REQUEST_UNSUPPORTED'],
    ['one that talks nonsense', { code: 0, fields: new Map(), body: Buffer.from('[') }, 'RMQ_PROTOCOL_VIOLATION'],
    ['one that keeps silent', undefined, 'RMQ_ATTEMPT_TIMEOUT'],
  ])('fails at %s', async (_what, answer, code) => {
    await expect(ask(answer)).resolves.toMatchObject({ code });
  });

  test('is not asked before it may be', async () => {
    const denied = new Error('no credentials');
    await expect(ask(getRouteInfo.response(sampleRoute()), () => Promise.reject(denied))).resolves.toBe(denied);
    await expect(ask(getRouteInfo.response(sampleRoute()), () => Promise.resolve())).resolves.toHaveProperty(
      'queueDatas',
    );
  });
});
