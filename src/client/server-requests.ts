/**
 * Answers what brokers ask of a client. A table says what is done for each request; a feature that brokers talk to puts
 * its handler there. Nothing here knows producers.
 * Source: ClientRemotingProcessor.java (5.5.0).
 */
import type { Connection } from '../connection/connection.js';
import type { Logger } from '../observe/logger.js';
import { CLIENT_VERSION, FLAG_RESPONSE, LANGUAGE } from '../protocol/command.js';
import { writeFrame } from '../protocol/frame.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { RequestCode } from '../protocol/request-codes.js';
import { ResponseCode } from '../protocol/response-codes.js';

/** What a client says to a broker. */
export interface ServerRequestAnswer {
  readonly code: number;
  readonly remark?: string | undefined;
  readonly body?: Uint8Array | undefined;
}

/**
 * Does what a broker asks; the frame is valid only during the call. `undefined`: nothing is answered. An answer is not
 * sent to a broker that does not wait for one.
 */
export type ServerRequestHandler = (frame: ReceivedFrame, connection: Connection) => ServerRequestAnswer | undefined;

/** What is done, by request code. */
export type ServerRequestHandlers = ReadonlyMap<number, ServerRequestHandler>;

const NO_FIELDS: ReadonlyMap<string, string> = new Map();
const NO_OFFSETS = Buffer.from('{"messageQueueTable":{}}');

/** What is done for the features that brokers talk to. */
export interface FeatureHandlers {
  readonly checkTransaction: ServerRequestHandler;
  readonly pushReply: ServerRequestHandler;
}

/** What a client does that has producers, and no consumer. */
export function producerOnlyHandlers(
  logger: Logger,
  { checkTransaction, pushReply }: FeatureHandlers,
): ServerRequestHandlers {
  const ignore: ServerRequestHandler = () => undefined;
  const noConsumer: ServerRequestHandler = () => ({
    code: ResponseCode.SYSTEM_ERROR,
    remark: 'this client has no consumer group',
  });
  return new Map<number, ServerRequestHandler>([
    [RequestCode.CHECK_TRANSACTION_STATE, checkTransaction],
    [RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT, pushReply],
    [RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, ignore],
    [RequestCode.RESET_CONSUMER_CLIENT_OFFSET, ignore],
    [RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, () => ({ code: ResponseCode.SUCCESS, body: NO_OFFSETS })],
    [RequestCode.GET_CONSUMER_RUNNING_INFO, noConsumer],
    [RequestCode.CONSUME_MESSAGE_DIRECTLY, noConsumer],
  ]);
}

/** What a pool calls for each request of a server. Never throws: a request that cannot be handled is refused. */
export function createServerRequestListener(
  handlers: ServerRequestHandlers,
  logger: Logger,
): (frame: ReceivedFrame, connection: Connection) => void {
  const handle: ServerRequestHandler = (frame, connection) => {
    const { code } = frame;
    const handler = handlers.get(code);
    const { address } = connection;
    if (handler === undefined) {
      logger.info({ address, code }, 'a server asks for something that this client does not know');
      return { code: ResponseCode.REQUEST_CODE_NOT_SUPPORTED, remark: `request code ${code} is not supported` };
    }
    try {
      return handler(frame, connection);
    } catch (error) {
      logger.error({ address, code, error: String(error) }, 'a request of a server could not be handled');
      return { code: ResponseCode.SYSTEM_ERROR, remark: 'the client could not handle the request' };
    }
  };
  return (frame, connection) => {
    const answer = handle(frame, connection);
    if (answer !== undefined && !frame.isOneway) sendAnswer(connection, frame.opaque, answer);
  };
}

/** An answer is a oneway frame with the number of the request it belongs to, instead of one of ours. */
function sendAnswer(connection: Connection, opaque: number, { code, remark, body }: ServerRequestAnswer): void {
  connection.oneway({
    writeTo(out, _ownOpaque, encoding) {
      const sender = { version: CLIENT_VERSION, language: LANGUAGE.name };
      const fields = NO_FIELDS;
      writeFrame(out, { code, opaque, flag: FLAG_RESPONSE, ...sender, remark, fields, body }, encoding);
    },
  });
}
