/**
 * One connection to one server: pairs requests with their answers, each ended exactly once. It does not reconnect, and
 * does not know which server would be better; that is `connection-pool.ts`. How bytes travel is `dial.ts`.
 *
 *                 onOpen
 *     dialing ─────────────► open         dialing: frames are held and can be taken back
 *        │                     │          open:    frames leave once per turn of the event loop
 *        │ refused, too late,  │ lost, no protocol,
 *        │ close()             │ silent, close()
 *        └──────► closed ◄─────┘          closed:  everything pending has failed; every request fails in the next turn,
 *                                                  and nothing of the connection is left: no socket, timer, listener
 *
 * A request whose time is up fails alone. Its answer, should it still come, finds nobody and is dropped.
 */
import type { Subscription } from 'rxjs';
import type { FrameSigner } from '../access/frame-signer.js';
import { neutralContext } from '../callbacks/neutral-context.js';
import { createError, RocketMQError, withStored } from '../errors/rocketmq-error.js';
import type { HeaderEncoding, OutgoingFrame } from '../protocol/command.js';
import { frameTooLarge } from '../protocol/frame-limits.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { ResponseCode } from '../protocol/response-codes.js';
import { violation } from '../protocol/violation.js';
import type { Clock } from '../time/clock.js';
import type { DeadlineHolder, DeadlineSweep } from '../time/deadline-sweep.js';
import type { ByteBudget } from '../collections/byte-budget.js';
import type { ConnectionCounters } from './connection-counters.js';
import type { Dial, Transport } from './dial.js';
import { FrameReader } from './frame-reader.js';
import { Outbox } from './outbox.js';
import { PendingRequests } from './pending-requests.js';
import { originDetail, originInWords, type ServerOrigin, silenceInWords } from './server-origin.js';
import { hookFailed, type RequestHookList, type RequestUnderWay } from './request-hooks.js';
import { VitalSigns } from './vital-signs.js';

/**
 * A request that waits for its answer. Exactly one of the two is called, exactly once, and never before `request` has
 * returned. Neither may throw.
 */
export interface Exchange {
  /** Monotonic ms, as `Clock.now()`. */
  readonly deadlineAt: number;
  /** The frame is valid only during the call. */
  onAnswer(frame: ReceivedFrame, connection: Connection): void;
  /** `error.stored` is 'no' where no byte of the frame left this process, otherwise 'maybe'. */
  onFailure(error: RocketMQError): void;
}

/** A frame that nobody answers. One of the two is called, once, and never before `oneway` has returned. */
export interface OnewayExchange {
  /** The bytes are with the kernel; nobody knows more. */
  onHandedOver(): void;
  onFailure(error: RocketMQError): void;
}

/** Who looks after a connection. Nothing here may throw. */
export interface ConnectionListener {
  onOpen(connection: Connection): void;
  /** `failed` requests ended with it. Called before they learn, so that they find the state they will act on. */
  onClosed(connection: Connection, reason: RocketMQError, failed: number): void;
  /** The server is about to leave, and refuses: the connection to use instead, where another is worth trying. */
  onGoAway(connection: Connection): Connection | undefined;
  /** The server asks for something; the frame is valid only during the call. */
  onServerRequest(frame: ReceivedFrame, connection: Connection): void;
}

/** What the connections of one pool share. */
export interface ConnectionSurroundings {
  readonly clock: Clock;
  readonly sweep: DeadlineSweep;
  readonly dial: Dial;
  /** For everything until the first byte can be written. */
  readonly connectTimeoutMs: number;
  /** The encoding of all headers; by default binary as soon as the server has told its version, until then JSON. */
  readonly encoding?: HeaderEncoding | undefined;
  /** What every request carries besides its own fields. */
  readonly requestFields?: ReadonlyMap<string, string> | undefined;
  /** Who is shown every request, before it is signed, and every answer. */
  readonly hooks?: RequestHookList | undefined;
  /** Signs every request; without one they leave as they are. */
  readonly signer?: FrameSigner | undefined;
  readonly counters: ConnectionCounters;
  /** What all connections hold of frames that have begun and not ended. Default: no limit but that of each frame. */
  readonly partialFrames?: ByteBudget | undefined;
  /** Where an address was learned, for errors about it. */
  readonly originOf?: ((address: string) => ServerOrigin | undefined) | undefined;
}

/** More waiting for one socket than this, and the server is not reading. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

/** Answers that were never asked for, in one minute, before the peer counts as broken. */
const MAX_UNKNOWN_ANSWERS = 100;
const UNKNOWN_ANSWERS_MS = 60_000;

export class Connection implements DeadlineHolder {
  readonly address: string;
  readonly #clock: Clock;
  readonly #sweep: DeadlineSweep;
  readonly #surroundings: ConnectionSurroundings;
  readonly #listener: ConnectionListener;
  readonly #pending = new PendingRequests<Exchange>();
  readonly #outbox: Outbox<OnewayExchange>;
  readonly #reader: FrameReader;
  readonly #vitalSigns: VitalSigns;

  #state: 'dialing' | 'open' | 'closed' = 'dialing';
  #transport: Transport | undefined;
  #dialDeadline: Subscription | undefined;
  #closeReason: RocketMQError | undefined;
  #encoding: HeaderEncoding;
  #serverVersion = 0;
  #hasAnswered = false;
  /** A frame has come, be it GO_AWAY: it speaks as we do. */
  #hasBeenHeard = false;
  /** Pending requests are in the sweep, and the socket holds the process. */
  #isWatched = false;
  #isLeaving = false;

  #unknownAnswers = 0;
  #unknownAnswersSince = 0;

  /** Does nothing until `open()`. */
  constructor(address: string, surroundings: ConnectionSurroundings, listener: ConnectionListener) {
    this.address = address;
    this.#clock = surroundings.clock;
    this.#sweep = surroundings.sweep;
    this.#surroundings = surroundings;
    this.#listener = listener;
    this.#encoding = surroundings.encoding ?? 'json';
    this.#vitalSigns = new VitalSigns(surroundings.clock.now());
    this.#outbox = new Outbox((chunks) => {
      this.#vitalSigns.wrote(this.#clock.tickNow());
      this.#transport?.write(chunks);
    });
    this.#reader = new FrameReader((frame) => this.#onFrame(frame), surroundings.partialFrames);
  }

  get state(): 'dialing' | 'open' | 'closed' {
    return this.#state;
  }

  /** As the server declared it in an answer (MQVersion ordinal); 0 until then, and for one that declares a negative version. */
  get serverVersion(): number {
    return this.#serverVersion;
  }

  /** A request was answered, with anything but GO_AWAY: behind the address is a working RocketMQ server. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** When a frame last went either way (`Clock.now()`). */
  get lastActiveAt(): number {
    return this.#vitalSigns.lastActiveAt;
  }

  /** When the server last sent a frame (`Clock.now()`); NaN where it has not. */
  get lastHeardAt(): number {
    return this.#vitalSigns.lastHeardAt;
  }

  /** Something waits for an answer or for the kernel. */
  get isBusy(): boolean {
    return this.#pending.size > 0 || this.#outbox.unsentBytes > 0;
  }

  /** Begins to dial. An address that cannot be read closes the connection. */
  open(): void {
    const { dial, connectTimeoutMs, counters } = this.#surroundings;
    counters.dials++;
    try {
      this.#transport = neutralContext.run(dial, this.address, {
        onOpen: () => this.#onOpen(),
        onBytes: (bytes) => this.#onBytes(bytes),
        onTaken: () => this.#onTaken(),
        onLost: (cause) => this.#onLost(cause),
      });
    } catch (error) {
      this.#end(this.#notOpened(error));
      return;
    }
    this.#dialDeadline = this.#clock.after(connectTimeoutMs, () => {
      // Like all deadlines: it may have opened while the event loop was busy elsewhere.
      this.#clock.afterPoll(() => {
        if (this.#state === 'dialing') this.#end(this.#connectFailed(`not open after ${connectTimeoutMs} ms`));
      });
    });
  }

  /**
   * Sends a request as soon as the connection is open. Never throws; a request that cannot be taken (closed, or more
   * than 16 MiB unsent: RMQ_CONNECTION_STALLED; no credentials: RMQ_CREDENTIALS_UNAVAILABLE; a hook that throws:
   * RMQ_HOOK_FAILED; larger than servers read: RMQ_MESSAGE_TOO_LARGE) fails in the next turn of the event loop, `stored: 'no'`.
   * `out.writeTo` is called before this returns, if at all.
   */
  request(out: OutgoingFrame, exchange: Exchange): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#refuse(exchange, refusal);
      return;
    }
    const { hooks } = this.#surroundings;
    if (hooks === undefined || hooks.isEmpty) {
      this.#ask(out, exchange);
      return;
    }
    const shown = this.#show(out, exchange, hooks);
    if (shown !== undefined) this.#ask(shown, shown.answeredTo(exchange));
  }

  #ask(out: OutgoingFrame, exchange: Exchange): void {
    const opaque = this.#pending.nextOpaque();
    const refusal = this.#write(out, opaque);
    if (refusal !== undefined) {
      this.#refuse(exchange, refusal);
      return;
    }
    this.#pending.add(opaque, exchange);
    this.#outbox.added(opaque);
    if (!this.#vitalSigns.isAsked) this.#vitalSigns.asked(this.#clock.tickNow());
    if (!this.#isWatched) this.#watch();
  }

  /** Sends a frame that nobody answers; also the answer to a server's request. Otherwise as `request`. */
  oneway(out: OutgoingFrame, exchange?: OnewayExchange): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      if (exchange !== undefined) this.#refuse(exchange, refusal);
      return;
    }
    const { hooks } = this.#surroundings;
    if (hooks === undefined || hooks.isEmpty) {
      this.#tell(out, exchange);
      return;
    }
    const shown = this.#show(out, exchange, hooks);
    if (shown !== undefined) this.#tell(shown, exchange);
  }

  #tell(out: OutgoingFrame, exchange: OnewayExchange | undefined): void {
    const opaque = this.#pending.nextOpaque();
    const refusal = this.#write(out, opaque);
    if (refusal !== undefined) {
      if (exchange !== undefined) this.#refuse(exchange, refusal);
      return;
    }
    this.#outbox.added(opaque, exchange);
    if (!this.#isWatched) this.#watch();
  }

  /** The frame as the hooks want it; undefined where they failed, or closed the connection, and so the request. */
  #show(
    out: OutgoingFrame,
    exchange: Exchange | OnewayExchange | undefined,
    hooks: RequestHookList,
  ): RequestUnderWay | undefined {
    let shown: RequestUnderWay | undefined;
    let refusal: RocketMQError | undefined;
    try {
      shown = hooks.before(this.address, out, this.#encoding, this.#surroundings.requestFields);
      refusal = this.#refusal();
    } catch (thrown) {
      refusal = thrown instanceof RocketMQError ? thrown : hookFailed('beforeRequest', thrown, {});
    }
    if (refusal === undefined) return shown;
    if (exchange !== undefined) this.#refuse(exchange, refusal);
    return undefined;
  }

  /**
   * For whoever got the answer GO_AWAY here and would like to send once more: another connection to the same address,
   * behind which may be another server. Undefined when that was tried already: this server leaves, and nobody took its
   * place.
   */
  successor(): Connection | undefined {
    return this.#listener.onGoAway(this);
  }

  /** Closes it now; everything pending fails with `reason`, `stored` as it is for each. */
  close(reason: RocketMQError): void {
    this.#end(reason);
  }

  /** Closes it once nothing is pending any more. Requests are still taken until then. */
  closeWhenIdle(): void {
    this.#isLeaving = true;
    if (!this.isBusy) this.#end(this.#lost('is no longer needed'));
  }

  /** Part of `DeadlineHolder`. */
  expire(now: number): boolean {
    const timedOut = this.#failOverdue(now);
    const complaint = this.#vitalSigns.complaint(now, timedOut > 0);
    if (complaint !== undefined) this.#end(this.#lost(`was given up: ${complaint}`));
    if (this.#state !== 'closed' && this.isBusy) return true;
    this.#isWatched = false;
    if (this.#isLeaving) this.closeWhenIdle();
    if (this.#state === 'open') this.#transport?.unref();
    return false;
  }

  /** From here until `expire` finds nothing pending, deadlines are judged and the socket keeps the process alive. */
  #watch(): void {
    this.#isWatched = true;
    this.#sweep.watch(this);
    if (this.#state === 'open') this.#transport?.ref();
  }

  /** Writes the frame to the outbox; or says why it cannot be sent, and nothing of it is there then. */
  #write(out: OutgoingFrame, opaque: number): RocketMQError | undefined {
    const { signer, requestFields } = this.#surroundings;
    const { buffer } = this.#outbox;
    const before = buffer.length;
    if (signer === undefined) {
      out.writeTo(buffer, opaque, this.#encoding, requestFields);
    } else {
      try {
        signer.write(out, buffer, opaque, this.#encoding, requestFields);
      } catch (thrown) {
        if (thrown instanceof RocketMQError) return thrown;
        throw thrown;
      }
    }
    const bytes = buffer.length - before;
    const tooLarge = frameTooLarge(bytes);
    // A frame lies in one piece.
    if (tooLarge !== undefined) buffer.offset -= bytes;
    return tooLarge;
  }

  #refusal(): RocketMQError | undefined {
    if (this.#closeReason !== undefined) return this.#closeReason;
    const { unsentBytes } = this.#outbox;
    if (unsentBytes <= MAX_UNSENT_BYTES) return this.#surroundings.signer?.refusal;
    return createError('RMQ_CONNECTION_STALLED', `${unsentBytes} bytes already wait for ${this.address}`, {
      detail: { address: this.address, unsentBytes },
    });
  }

  /** Not at once: a source that never stops would get failure after failure, and the sockets never their turn. */
  #refuse(exchange: Exchange | OnewayExchange, refusal: RocketMQError): void {
    this.#clock.afterPoll(() => exchange.onFailure(refusal));
  }

  #failOverdue(now: number): number {
    const overdue = this.#pending.takeOverdue(now);
    if (overdue.length === 0) return 0;
    this.#surroundings.counters.timeouts += overdue.length;
    const error = this.#state === 'dialing' ? this.#connectFailed('nothing answered in time') : this.#notAnswered();
    for (const { opaque } of overdue) this.#outbox.withdraw(opaque);
    for (const { exchange } of overdue) exchange.onFailure(error);
    return overdue.length;
  }

  #onOpen(): void {
    this.#state = 'open';
    this.#dialDeadline?.unsubscribe();
    this.#vitalSigns.heard(this.#clock.now(), this.#pending.size > 0);
    if (!this.#isWatched) this.#transport?.unref();
    this.#outbox.open();
    this.#listener.onOpen(this);
  }

  #onBytes(bytes: Buffer): void {
    this.#clock.newTick();
    try {
      // Bytes alone are no sign of life: a frame that never ends holds up all that are behind it.
      const frames = this.#reader.push(bytes);
      if (frames > 0) this.#vitalSigns.heard(this.#clock.tickNow(), this.#pending.size > 0);
    } catch (error) {
      this.#end(this.#unreadable(error));
    }
  }

  #onTaken(): void {
    this.#vitalSigns.taken();
    this.#outbox.taken();
  }

  #onFrame(frame: ReceivedFrame): void {
    this.#hasBeenHeard = true;
    // Servers number their own requests: one may well have the number of a request of ours.
    if (!frame.isResponse) {
      this.#surroundings.counters.serverRequests++;
      this.#listener.onServerRequest(frame, this);
      return;
    }
    const exchange = this.#pending.take(frame.opaque);
    if (exchange === undefined) {
      this.#onStrayAnswer(frame.opaque);
      return;
    }
    if (!this.#hasAnswered) this.#learnFrom(frame);
    if (frame.code !== ResponseCode.SUCCESS) this.#surroundings.signer?.answered(frame);
    exchange.onAnswer(frame, this);
  }

  #learnFrom(frame: ReceivedFrame): void {
    this.#hasAnswered = frame.code !== ResponseCode.GO_AWAY;
    this.#serverVersion = Math.max(frame.version, 0);
    // All servers that tell a version read both encodings.
    if (frame.version > 0) this.#encoding = this.#surroundings.encoding ?? 'binary';
  }

  /** Late and doubled answers are nobody's fault; answers to what was never asked are, in numbers. */
  #onStrayAnswer(opaque: number): void {
    const { counters } = this.#surroundings;
    if (this.#pending.wasGivenOut(opaque)) {
      counters.lateAnswers++;
      return;
    }
    counters.unknownAnswers++;
    const now = this.#clock.tickNow();
    if (now - this.#unknownAnswersSince >= UNKNOWN_ANSWERS_MS) {
      this.#unknownAnswersSince = now;
      this.#unknownAnswers = 0;
    }
    if (++this.#unknownAnswers > MAX_UNKNOWN_ANSWERS) {
      this.#end(this.#unreadable(violation('it keeps answering what it was not asked')));
    }
  }

  #onLost(cause: Error | undefined): void {
    if (this.#state === 'dialing') {
      this.#end(cause === undefined ? this.#connectFailed('closed at once') : this.#notOpened(cause));
    } else if (cause instanceof RocketMQError) {
      this.#end(cause);
    } else if (cause === undefined) {
      const where = this.#reader.isMidFrame ? ' in the middle of a frame' : this.#hint;
      this.#end(this.#lost(`was closed by the server${where}`));
    } else {
      this.#end(this.#lost(`broke: ${cause.message}${this.#hint}`, cause));
    }
  }

  #end(reason: RocketMQError): void {
    if (this.#state === 'closed') return;
    const refused = withStored(reason, 'no');
    const ambiguous = withStored(reason, 'maybe');
    this.#state = 'closed';
    this.#closeReason = refused;
    this.#dialDeadline?.unsubscribe();
    this.#sweep.unwatch(this);
    this.#reader.stop();
    this.#transport?.destroy();
    const requests = this.#pending.takeAll();
    const { withheld, inWrite } = this.#outbox.close();
    this.#listener.onClosed(this, reason, requests.length + withheld.length + inWrite.length);
    for (const { opaque, exchange } of requests) {
      exchange.onFailure(this.#outbox.isWithheld(opaque) ? refused : ambiguous);
    }
    for (const exchange of inWrite) exchange.onFailure(ambiguous);
    for (const exchange of withheld) exchange.onFailure(refused);
  }

  /** Dials that know more than that the network failed say it in an error of their own. */
  #notOpened(cause: unknown): RocketMQError {
    if (cause instanceof RocketMQError && cause.code !== 'RMQ_CONNECT_FAILED') return cause;
    return this.#connectFailed(cause instanceof Error ? cause.message : String(cause), cause);
  }

  /** What a server says by hanging up without a word, to somebody who did not try TLS. */
  get #hint(): string {
    const isMute = !this.#hasBeenHeard && this.#transport?.isSecure !== true;
    return isMute ? ' before it answered anything (does it want TLS? see the option tls)' : '';
  }

  get #origin(): ServerOrigin | undefined {
    return this.#surroundings.originOf?.(this.address);
  }

  #connectFailed(what: string, cause?: unknown): RocketMQError {
    const origin = this.#origin;
    const text = `cannot connect to ${this.address}${originInWords(this.address, origin)}: ${what}`;
    return createError('RMQ_CONNECT_FAILED', text, {
      cause,
      detail: { address: this.address, ...originDetail(origin) },
    });
  }

  #notAnswered(): RocketMQError {
    const origin = this.#origin;
    const who = `${this.address}${originInWords(this.address, origin)}`;
    const why = silenceInWords(this.address, origin);
    return createError('RMQ_ATTEMPT_TIMEOUT', `${who} did not answer in time${why}`, {
      detail: { address: this.address, ...originDetail(origin) },
    });
  }

  #lost(what: string, cause?: unknown): RocketMQError {
    return createError('RMQ_CONNECTION_LOST', `the connection to ${this.address} ${what}`, {
      cause,
      detail: { address: this.address },
    });
  }

  #unreadable(thrown: unknown): RocketMQError {
    if (!(thrown instanceof RocketMQError)) return this.#lost('was given up: an answer could not be handled', thrown);
    const origin = this.#origin;
    const who = `${this.address}${originInWords(this.address, origin)}`;
    return createError('RMQ_PROTOCOL_VIOLATION', `${who} does not speak the protocol: ${thrown.message}`, {
      cause: thrown,
      detail: { address: this.address, ...originDetail(origin) },
    });
  }
}
