/**
 * Attempts that messages share: what goes to one queue leaves in one frame, and each message gets its own outcome. When
 * a batch is complete is `batch-accumulator.ts`'s to say; a message alone is `send-message.ts`'s.
 */
import type { Connection, Exchange } from '../src/connection/connection.js';
import { RocketMQError } from '../src/errors/rocketmq-error.js';
import { nextUniqueKey } from '../src/ids/unique-key.js';
import { BatchAccumulator, type BatchLimits } from '../src/producer/batch/batch-accumulator.js';
import { batchObstacle, waitsForStore } from '../src/producer/batch/batch-rules.js';
import { hasKeys, keyRequired } from '../src/producer/batch/required-keys.js';
import type { Envelope, Holder, Targeted } from '../src/producer/message/envelope.js';
import { Receipt } from '../src/producer/message/outcome.js';
import type { ProducerCore } from '../src/producer/producer-core.js';
import { encodeBatchBody } from '../src/protocol/batch-body.js';
import { batchProperties, splitBatchAnswer } from '../src/protocol/batch-envelope.js';
import type { HeaderEncoding, OutgoingFrame } from '../src/protocol/command.js';
import type { FrameBuffer } from '../src/protocol/frame-buffer.js';
import type { MessageQueue } from '../src/protocol/message-queue.js';
import type { ReceivedFrame } from '../src/protocol/received-frame.js';
import { sendBatchMessage } from '../src/protocol/requests/send-batch-message.js';
import { ResponseCode } from '../src/protocol/response-codes.js';
import type { Passage, Verdict } from './stage.js';

/** How one message is attempted; `begin` holds it first, all others find it held. */
export interface SingleAttempts {
  begin(envelope: Targeted): Verdict;
  start(envelope: Targeted): void;
  /** Fails its attempt before anything is sent. */
  refuse(envelope: Targeted, error: RocketMQError): void;
  /** Takes note that an attempt is under way, and returns until when it may take; undefined where the hooks forbid it. */
  prepare(envelope: Targeted, address: string): number | undefined;
  /** Sends it, within the attempt that is under way. */
  dispatch(envelope: Targeted, address: string): void;
  /** The broker has stored it, as the receipt says; `frame` is its answer. */
  stored(envelope: Envelope, receipt: Receipt<unknown>, frame: ReceivedFrame): void;
  failed(envelope: Envelope, thrown: unknown): void;
}

export class SharedAttempts implements Holder {
  readonly stage = 'send';
  readonly #core: ProducerCore;
  readonly #passage: Passage;
  readonly #singles: SingleAttempts;
  readonly #waiting: BatchAccumulator;

  constructor(core: ProducerCore, passage: Passage, singles: SingleAttempts, limits: BatchLimits) {
    this.#core = core;
    this.#passage = passage;
    this.#singles = singles;
    const bytes = Math.min(limits.bytes, core.config.maxMessageBytes);
    this.#waiting = new BatchAccumulator({ ...limits, bytes }, core.clock, (members) => this.#leave(members));
  }

  begin(envelope: Targeted): Verdict {
    // What failed in a batch goes on by itself: its next failure is about nobody else.
    if (envelope.attempt > 0) return this.#singles.begin(envelope);
    this.#passage.hold(envelope);
    const rule = hasKeys(envelope.message) ? 'optional' : this.#core.requiredKeys.ruleOf(envelope.message.topic);
    if (rule === 'required') {
      this.#singles.refuse(envelope, keyRequired(envelope.message.topic));
      return 'kept';
    }
    envelope.holder = this;
    if (rule === 'unknown' || isForItself(envelope)) this.#waiting.addAlone(envelope);
    else this.#waiting.add(envelope);
    return 'kept';
  }

  /** A message was ended while it waited for others: no byte of it was sent. */
  released(envelope: Envelope): void {
    this.#waiting.remove(envelope);
    this.#passage.released(envelope);
  }

  #leave(members: readonly Targeted[]): void {
    for (const member of members) member.holder = this.#passage;
    try {
      this.#send(members);
    } catch (thrown) {
      for (const member of members) if (member.outcome === undefined) this.#singles.failed(member, thrown);
    }
  }

  #send(members: readonly Targeted[]): void {
    const [first] = members;
    if (first === undefined) return;
    const address = this.#core.addressOf(first.queue.brokerName);
    if (address === undefined || members.length === 1) {
      for (const member of members) this.#singles.start(member);
      return;
    }
    const connection = this.#core.connectionTo(address);
    let deadlineAt = Number.POSITIVE_INFINITY;
    const allowed: Targeted[] = [];
    for (const member of members) {
      const until = this.#singles.prepare(member, address);
      if (until === undefined) continue;
      allowed.push(member);
      deadlineAt = Math.min(deadlineAt, until);
    }
    if (allowed.length === 0) return;
    const attempt = new SharedAttempt(this.#core, this.#singles, allowed, {
      queue: first.queue,
      address,
      deadlineAt,
      serverVersion: connection.serverVersion,
    });
    connection.request(attempt, attempt);
  }
}

/** Nobody answers it, work follows its storing (a transaction, a request), or brokers take it in no batch. */
const isForItself = (envelope: Targeted): boolean =>
  envelope.mode === 'oneway' || envelope.sequel !== undefined || batchObstacle(envelope) !== undefined;

interface AttemptFacts {
  readonly queue: MessageQueue;
  readonly address: string;
  readonly deadlineAt: number;
  /** Of the connection's server; 0 as long as it is not known. */
  readonly serverVersion: number;
}

/** One frame with several messages, and what its answer means for each of them. */
class SharedAttempt implements Exchange, OutgoingFrame {
  readonly deadlineAt: number;
  readonly #core: ProducerCore;
  readonly #singles: SingleAttempts;
  readonly #members: readonly Targeted[];
  readonly #facts: AttemptFacts;
  readonly #startedAt: number;
  #serverVersion: number;
  #hasMoved = false;

  constructor(core: ProducerCore, singles: SingleAttempts, members: readonly Targeted[], facts: AttemptFacts) {
    this.#core = core;
    this.#singles = singles;
    this.#members = members;
    this.#facts = facts;
    this.deadlineAt = facts.deadlineAt;
    this.#serverVersion = facts.serverVersion;
    this.#startedAt = core.clock.tickNow();
  }

  writeTo(out: FrameBuffer, opaque: number, encoding: HeaderEncoding): void {
    const [first] = this.#members;
    if (first === undefined) return;
    const { queue } = this.#facts;
    const { message, sysFlag, bornAt } = first;
    const facts = { waitStoreMsgOk: waitsForStore(message), sysFlag, serverVersion: this.#serverVersion };
    const properties = batchProperties(facts, nextUniqueKey);
    const body = encodeBatchBody(this.#members);
    this.#core.encoder.writeBatch(out, opaque, encoding, { queue, sysFlag, bornAt, flag: 0, properties, body });
  }

  onAnswer(frame: ReceivedFrame, connection: Connection): void {
    if (frame.code === ResponseCode.GO_AWAY && this.#moveOn(connection)) return;
    const now = this.#core.clock.tickNow();
    let receipts: readonly Receipt<unknown>[];
    try {
      const answer = sendBatchMessage.decodeResponse(frame);
      receipts = splitBatchAnswer(
        answer,
        this.#members,
        (member, own) => new Receipt(member, this.#facts.queue, own, now),
      );
    } catch (thrown) {
      if (isAboutTheBatch(thrown)) this.#sendSingly(thrown);
      else this.onFailure(thrown);
      return;
    }
    this.#core.health?.succeeded(this.#facts.queue, now - this.#startedAt);
    for (const [i, member] of this.#members.entries()) {
      const receipt = receipts[i];
      if (isUnderWay(member) && receipt !== undefined) this.#singles.stored(member, receipt, frame);
    }
  }

  onFailure(thrown: unknown): void {
    for (const member of this.#members) if (isUnderWay(member)) this.#singles.failed(member, thrown);
  }

  /** A broker that goes away stored nothing: the same attempt, once more, on another connection. */
  #moveOn(connection: Connection): boolean {
    const next = this.#hasMoved ? undefined : connection.successor();
    if (next === undefined) return false;
    this.#hasMoved = true;
    this.#serverVersion = next.serverVersion;
    next.request(this, this);
    return true;
  }

  /** The attempt goes on, one by one: the refusal said nothing about any single message. */
  #sendSingly(refusal: unknown): void {
    for (const member of this.#members) {
      if (!isUnderWay(member)) continue;
      // Nobody listens any more: what is not with a broker stays unsent.
      if (member.flow.isAbandoned) this.#singles.failed(member, refusal);
      else this.#singles.dispatch(member, this.#facts.address);
    }
  }
}

/** It was not ended meanwhile; nobody else can have begun another attempt. */
const isUnderWay = (member: Envelope): boolean => member.sink !== undefined;

/**
 * A refusal for good by which nothing was stored: the batch is larger than the broker takes (code 1 on 5.5.0, 13 on
 * 4.9.7), one member is illegal, or the server knows no batches. Which members it is about, only they can tell.
 */
const isAboutTheBatch = (thrown: unknown): boolean =>
  thrown instanceof RocketMQError &&
  thrown.detail['responseCode'] !== undefined &&
  !thrown.retryable &&
  thrown.stored === 'no';
