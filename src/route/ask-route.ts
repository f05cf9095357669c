/** Asks one name server for one route, over the wire. Which server, and what becomes of the route, is not its matter. */
import { call } from '../connection/call.js';
import type { ConnectionPool } from '../connection/connection-pool.js';
import { wantsTlsError } from '../connection/tls-failure.js';
import { RocketMQError } from '../errors/rocketmq-error.js';
import { getRouteInfo } from '../protocol/requests/get-route-info.js';
import type { RouteQuestion } from './route-table.js';

/** What a question has to do with besides the connections. */
export interface RouteQuestionOptions {
  /** Holds the question up until it resolves, if it waits for anything; what it rejects with fails the question. */
  readonly mayAsk: (deadlineAt: number) => Promise<void> | undefined;
  /** Whether a server that hangs up without a word wants TLS; undefined where it is no question. */
  readonly wantsTls?: ((address: string) => Promise<boolean>) | undefined;
}

/** The question over the connections of `pool`. */
export function createRouteQuestion(pool: ConnectionPool, { mayAsk, wantsTls }: RouteQuestionOptions): RouteQuestion {
  return async (address, topic, deadlineAt) => {
    const waiting = mayAsk(deadlineAt);
    if (waiting !== undefined) await waiting;
    const connection = pool.get(address);
    try {
      return await call(connection, getRouteInfo, { topic }, deadlineAt);
    } catch (error) {
      if (error instanceof RocketMQError && error.code === 'RMQ_TOPIC_MISSING') return undefined;
      const isMute = isConnectionLost(error) && !connection.hasAnswered;
      if (isMute && wantsTls !== undefined && (await wantsTls(address))) throw wantsTlsError(address);
      throw error;
    }
  };
}

const isConnectionLost = (error: unknown): boolean =>
  error instanceof RocketMQError && error.code === 'RMQ_CONNECTION_LOST';
