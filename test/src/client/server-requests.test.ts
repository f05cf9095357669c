import {
  createServerRequestListener,
  producerOnlyHandlers,
  type ServerRequestHandlers,
} from '../../../src/client/server-requests.js';
import { ConnectionPool } from '../../../src/connection/connection-pool.js';
import { type Logger, silentLogger } from '../../../src/observe/logger.js';
import { type Command, FLAG_ONEWAY, FLAG_RESPONSE } from '../../../src/protocol/command.js';
import { RequestCode } from '../../../src/protocol/request-codes.js';
import { Clock } from '../../../src/time/clock.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { MemoryNetwork } from './memory-network.js';

/** Whose transaction check leaves its own line in the log, as the real one does without a producer. */
const handlersOf = (logger: Logger): ServerRequestHandlers =>
  producerOnlyHandlers(logger, {
    checkTransaction() {
      logger.warn({}, 'a transaction check');
      return undefined;
    },
    pushReply: () => ({ code: 0 }),
  });

interface Asked {
  readonly answers: readonly Command[];
  readonly warnings: readonly string[];
}

/** What a client answers when a broker asks it. */
async function ask(code: number, flag = 0, handlers = handlersOf): Promise<Asked> {
  const network = new MemoryNetwork();
  const clock = new Clock(network.scheduler);
  const broker = network.serve('a:10911', () => undefined);
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (_o, text = '') => void warnings.push(text) };
  const onServerRequest = createServerRequestListener(handlers(logger), logger);
  const sweep = new DeadlineSweep(clock);
  const pool = new ConnectionPool({ clock, sweep, logger: silentLogger, dial: network.dial, onServerRequest });
  pool.get('a:10911');
  await network.play(5);
  broker.ask({ code, opaque: 77, flag });
  await network.play(5);
  pool.closeAll();
  return { answers: broker.answers, warnings };
}

describe('requests of a broker', () => {
  test.each([
    [RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT, 0],
    [RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, 0],
    [RequestCode.GET_CONSUMER_RUNNING_INFO, 1],
    [RequestCode.CONSUME_MESSAGE_DIRECTLY, 1],
    [9999, 3],
  ])('%i is answered %i, under the number of the request', async (request, code) => {
    const { answers } = await ask(request);
    expect(answers).toEqual([expect.objectContaining({ code, opaque: 77, flag: FLAG_RESPONSE })]);
  });

  test.each([
    RequestCode.CHECK_TRANSACTION_STATE,
    RequestCode.NOTIFY_CONSUMER_IDS_CHANGED,
    RequestCode.RESET_CONSUMER_CLIENT_OFFSET,
  ])('%i is never answered', async (request) => {
    expect((await ask(request)).answers).toEqual([]);
  });

  test('that wait for no answer get none', async () => {
    expect((await ask(9999, FLAG_ONEWAY)).answers).toEqual([]);
    expect((await ask(RequestCode.GET_CONSUMER_RUNNING_INFO, FLAG_ONEWAY)).answers).toEqual([]);
  });

  test('that this client does not know are refused by name', async () => {
    const [answer] = (await ask(9999)).answers;
    expect(answer?.remark).toContain('9999');
  });

  test('for the offsets of a consumer are answered with none', async () => {
    const [answer] = (await ask(RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT)).answers;
    expect(JSON.parse(Buffer.from(answer?.body ?? []).toString())).toEqual({ messageQueueTable: {} });
  });

  test.each([RequestCode.CHECK_TRANSACTION_STATE])(
    '%i, which somebody expects something of, leaves a line in the log',
    async (request) => {
      expect((await ask(request)).warnings).toHaveLength(1);
    },
  );

  test('are answered by the handler in the table, and refused when it throws', async () => {
    const answering = () => new Map([[9999, () => ({ code: 0, remark: 'done' })]]);
    expect((await ask(9999, 0, answering)).answers).toEqual([expect.objectContaining({ code: 0, remark: 'done' })]);
    const throwing = () =>
      new Map([
        [
          9999,
          (): never => {
            throw new Error('secret');
          },
        ],
      ]);
    const [answer] = (await ask(9999, 0, throwing)).answers;
    expect(answer).toMatchObject({ code: 1 });
    expect(answer?.remark).not.toContain('secret');
  });
});
