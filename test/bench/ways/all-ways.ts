/** The ways of sending, by the names that cases have for them. */
import type { WayName } from '../cases/case.js';
import { sendByPromise } from './send.js';
import { sendEachInLoop } from './send-each.js';
import { sendInBatches } from './send-batch.js';
import { sendOverSockets } from './sockets.js';
import { sendStream } from './stream.js';
import type { Way } from './way.js';
import { sendThroughWritable } from './writable.js';

export const allWays: Readonly<Record<WayName, Way>> = {
  sockets: sendOverSockets,
  stream: sendStream,
  send: sendByPromise,
  'send-each': sendEachInLoop,
  writable: sendThroughWritable,
  'send-batch': sendInBatches,
};
