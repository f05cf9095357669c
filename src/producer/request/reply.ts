/**
 * Requests and replies as callers see them, and what makes messages of them on the wire. How long a request waits is
 * `pending-reply.ts`.
 * Source: DefaultMQProducerImpl.prepareSendRequest, MessageUtil.createReplyMessage (5.5.0).
 */
import { createError, type RocketMQError } from '../../errors/rocketmq-error.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import { encodeProperties } from '../../protocol/properties.js';
import type { MessageKind } from '../message/message-kind.js';
import type { SendReceipt } from '../message/outcome.js';

/** What came back to a request. */
export interface Reply<C = unknown> {
  /** As the replier handed it in; `maxMessageBytes` at most, or the request fails with RMQ_PROTOCOL_VIOLATION. */
  readonly body: Uint8Array;
  /** All of them, those of client and broker included. */
  readonly properties: Readonly<Record<string, string>>;
  /** Ms from the request's slot in the window to its reply. */
  readonly elapsedMs: number;
  /** Ms from the call of `request()`, or from when the stream handed the request in, to its reply. */
  readonly totalMs: number;
  /** Of the request. */
  readonly receipt: SendReceipt<C>;
  readonly context: C;
}

/** A reply whose body, properties, receipt and context nothing finds that prints, copies or clones objects. */
export class ReceivedReply<C> implements Reply<C> {
  readonly #facts: Reply<C>;
  readonly elapsedMs: number;
  readonly totalMs: number;

  constructor(facts: Reply<C>) {
    this.#facts = facts;
    this.elapsedMs = facts.elapsedMs;
    this.totalMs = facts.totalMs;
  }

  get body(): Uint8Array {
    return this.#facts.body;
  }

  get properties(): Readonly<Record<string, string>> {
    return this.#facts.properties;
  }

  get receipt(): SendReceipt<C> {
    return this.#facts.receipt;
  }

  get context(): C {
    return this.#facts.context;
  }
}

/** The properties of a received message that a reply needs: cluster, correlation id and requester. */
export interface ReceivedRequest {
  readonly properties: Readonly<Record<string, string>>;
}

/** The request is stored, and this came back. */
export interface RequestReceipt<C = unknown> extends SendReceipt<C> {
  readonly reply: Reply<C>;
}

/** Where a cluster's replies go. */
const REPLY_TOPIC_SUFFIX = '_REPLY_TOPIC';

/** Replies go to this client; after `ttlMs` nobody waits for them any more. */
export const requestKind = (request: {
  readonly correlationId: string;
  readonly clientId: string;
  readonly ttlMs: number;
}): MessageKind => ({
  properties: encodeProperties([
    [MessageProperty.CORRELATION_ID, request.correlationId],
    [MessageProperty.REPLY_TO_CLIENT, request.clientId],
    [MessageProperty.TIME_TO_LIVE, String(Math.ceil(request.ttlMs))],
  ]),
  sysFlag: 0,
});

/** A reply, and the topic it goes to. Throws RMQ_ARGUMENT_INVALID for what is no request. */
export function replyTo(request: ReceivedRequest): { readonly topic: string; readonly kind: MessageKind } {
  const properties = propertiesOf(request);
  const cluster = required(properties, MessageProperty.CLUSTER);
  const ttl = properties[MessageProperty.TIME_TO_LIVE];
  const kind = {
    properties: encodeProperties([
      [MessageProperty.MESSAGE_TYPE, 'reply'],
      [MessageProperty.CORRELATION_ID, required(properties, MessageProperty.CORRELATION_ID)],
      [MessageProperty.REPLY_TO_CLIENT, required(properties, MessageProperty.REPLY_TO_CLIENT)],
      ...(ttl === undefined ? [] : [[MessageProperty.TIME_TO_LIVE, ttl] as const]),
    ]),
    sysFlag: 0,
    isReply: true,
  };
  return { topic: cluster + REPLY_TOPIC_SUFFIX, kind };
}

function propertiesOf(request: unknown): Readonly<Record<string, string | undefined>> {
  const properties: unknown = typeof request === 'object' && request !== null ? Reflect.get(request, 'properties') : {};
  if (typeof properties === 'object' && properties !== null) return properties as Record<string, string | undefined>;
  return {};
}

function required(properties: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = properties[name];
  if (typeof value === 'string' && value !== '') return value;
  throw noRequest(name);
}

const noRequest = (missing: string): RocketMQError =>
  createError('RMQ_ARGUMENT_INVALID', `the message is no request: it has no property ${missing}`, {
    detail: { rule: 'request', property: missing },
  });
