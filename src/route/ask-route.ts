/** Asks one name server for one route, over the wire. Which server, and what becomes of the route, is not its matter. */
import { call } from '../connection/call.js';
import type { ConnectionPool } from '../connection/connection-pool.js';
import { RocketMQError } from '../errors/rocketmq-error.js';
import { getRouteInfo } from '../protocol/requests/get-route-info.js';
import type { RouteQuestion } from './route-table.js';

/** The question over the connections of `pool`, each asked when `mayAsk` has resolved, if it waits for anything; what that rejects with fails it. */
export function createRouteQuestion(
  pool: ConnectionPool,
  mayAsk: (deadlineAt: number) => Promise<void> | undefined,
): RouteQuestion {
  return async (address, topic, deadlineAt) => {
    const waiting = mayAsk(deadlineAt);
    if (waiting !== undefined) await waiting;
    try {
      return await call(pool.get(address), getRouteInfo, { topic }, deadlineAt);
    } catch (error) {
      if (error instanceof RocketMQError && error.code === 'RMQ_TOPIC_MISSING') return undefined;
      throw error;
    }
  };
}
