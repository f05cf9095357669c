/**
 * What may be handed to the embedded cluster and what belongs to it: one table for each call. What the options are for is
 * written at the calls.
 */
import { assertGiven, type OptionTable } from '../options/check-options.js';
import {
  callback,
  either,
  integer,
  type Kind,
  listOf,
  number,
  object,
  oneOf,
  someText,
  text,
  trueOrFalse,
} from '../options/option-kinds.js';
import { RequestCode } from '../protocol/request-codes.js';
import { ResponseCode } from '../protocol/response-codes.js';

const MAX_INT32 = 2 ** 31 - 1;
const MAX_BROKERS = 1000;
const MAX_QUEUES = 65_535;

const bytesOrText = {
  allowed: 'a string or bytes in PEM form',
  accepts: (given: unknown): given is string | Uint8Array => typeof given === 'string' || ArrayBuffer.isView(given),
};
const bytes = { allowed: 'a Uint8Array', accepts: (given: unknown): given is Uint8Array => ArrayBuffer.isView(given) };
const topic = { kind: someText, isRequired: true } as const;
const milliseconds = number({ min: 0, max: MAX_INT32 });

/** A number of the protocol, or its name. */
function codeOf(what: string, codes: object): Kind<string | number> {
  const name = text(`the name of ${what}`, (given) => Object.hasOwn(codes, given));
  return either({ ...name, allowed: `${name.allowed} in the protocol` }, integer(-MAX_INT32, MAX_INT32));
}
const requestCode = codeOf('a request', RequestCode);
const responseCode = codeOf('an answer', ResponseCode);

export const clusterOptions = {
  brokers: { kind: integer(1, MAX_BROKERS) },
  queues: { kind: integer(1, MAX_QUEUES) },
  autoCreateTopics: { kind: trueOrFalse },
  release: { kind: oneOf('5.5.0', '4.9.7') },
  header: { kind: oneOf('json', 'mirror') },
  version: { kind: integer(0, MAX_INT32) },
  users: { kind: listOf('users', object('an object with accessKey, secretKey and perhaps topics')) },
  recallMessages: { kind: trueOrFalse },
  lightQueues: { kind: trueOrFalse },
  tls: {
    members: {
      key: { kind: bytesOrText, isRequired: true, isSecret: true },
      cert: { kind: bytesOrText, isRequired: true, isSecret: true },
      ca: { kind: bytesOrText, isSecret: true },
      clientAuth: { kind: oneOf('none', 'require') },
      mode: { kind: oneOf('permissive', 'enforcing') },
    },
  },
  maxMessageBytes: { kind: integer(1, MAX_INT32) },
  storeBodies: { kind: trueOrFalse },
  vipChannel: { kind: trueOrFalse },
  zones: { kind: object('an object from broker name to zone') },
  proxy: { kind: trueOrFalse },
  transactions: {
    members: {
      timeoutMs: { kind: milliseconds },
      checkIntervalMs: { kind: milliseconds },
      maxChecks: { kind: integer(0, MAX_INT32) },
      endBatchMs: { kind: milliseconds },
    },
  },
} as const satisfies OptionTable;

export const topicOptions = {
  queues: { kind: integer(1, MAX_QUEUES) },
  perm: { kind: integer(0, 7) },
  type: { kind: oneOf('NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'PRIORITY', 'LITE', 'MIXED', 'UNSPECIFIED') },
  queueType: { kind: oneOf('SimpleCQ', 'BatchCQ') },
  cleanupPolicy: { kind: oneOf('DELETE', 'COMPACTION') },
} as const satisfies OptionTable;

export const userOptions = {
  accessKey: { kind: someText, isRequired: true, isSecret: true },
  secretKey: { kind: someText, isRequired: true, isSecret: true },
  topics: { kind: listOf('topics', someText) },
} as const satisfies OptionTable;

export const killOptions = { staysInRoutes: { kind: trueOrFalse } } as const satisfies OptionTable;

export const readOptions = {
  timeoutMs: { kind: number({ above: 0, max: MAX_INT32 }) },
  credentials: { kind: object('an object with accessKey and secretKey'), isSecret: true },
  tls: { kind: object("an object of options of Node's tls.connect"), isSecret: true },
} as const satisfies OptionTable;

const argumentTables = {
  createTopic: { topic },
  placeStaticTopic: { topic, hosts: { kind: listOf('broker names', someText), isRequired: true } },
  producers: { group: topic },
  count: { topic },
  messages: { topic },
  messages$: { topic },
  readTopic: { nameServers: topic, topic },
  requests: { request: { kind: requestCode } },
  refuse: { code: { kind: responseCode, isRequired: true }, remark: { kind: text('a string', () => true) } },
  delay: { delayMs: { kind: milliseconds, isRequired: true } },
  disconnect: {
    when: { kind: oneOf('before-storing', 'after-storing'), isRequired: true },
    how: { kind: oneOf('reset', 'end') },
  },
  duplicateAnswer: { copies: { kind: integer(0, 10_000) } },
  answerBytes: { bytes: { kind: either(bytes, callback('a function from request to bytes')), isRequired: true } },
} as const satisfies Readonly<Record<string, OptionTable>>;

/** Throws RMQ_CONFIG_INVALID where a call was given something that it cannot mean. */
export function assertArguments(call: keyof typeof argumentTables, given: Readonly<Record<string, unknown>>): void {
  assertGiven(`arguments of ${call}`, given, argumentTables[call]);
}

export const ruleOptions = {
  when: {
    members: {
      code: { kind: either(requestCode, listOf('requests', requestCode)) },
      topic: { kind: someText },
      matches: { kind: callback('a function from request to boolean') },
      after: { kind: integer(0, MAX_INT32) },
      times: { kind: { ...integer(0, MAX_INT32), allowed: 'a whole number from 0, or Infinity', accepts: isCount } },
      probability: { kind: number({ min: 0, max: 1 }) },
      seed: { kind: number({ min: -(2 ** 53), max: 2 ** 53 }) },
    },
  },
  reply: { kind: callback('a function from turn, as busy() and its like make them'), isRequired: true },
} as const satisfies OptionTable;

/** How often a rule is applied: without end, if it is Infinity. */
function isCount(given: unknown): given is number {
  return given === Infinity || (typeof given === 'number' && Number.isInteger(given) && given >= 0);
}

export const answerChange = {
  code: { kind: responseCode },
  remark: { kind: text('a string', () => true) },
  fields: { kind: object('an object of names and values') },
  body: { kind: bytes },
} as const satisfies OptionTable;
