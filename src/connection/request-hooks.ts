/**
 * The user's functions around every request of a client instance and every answer to one: what they are told, and when. A
 * request is signed, where requests are, behind them. Without any, requests do not come here.
 * Source: RPCHook.java, NettyRemotingClient.java (5.5.0).
 */
import { mustBeSynchronous } from '../callbacks/must-be-synchronous.js';
import { messageOf } from '../callbacks/thrown.js';
import { ambientContext, type CallbackContext } from '../callbacks/async-context.js';
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import type { Command, HeaderEncoding, OutgoingFrame } from '../protocol/command.js';
import { FLAG_ONEWAY, FLAG_RESPONSE } from '../protocol/command.js';
import { readFrame, writeFrame } from '../protocol/frame.js';
import { FrameBuffer } from '../protocol/frame-buffer.js';
import { ReceivedFrame } from '../protocol/received-frame.js';
import { RequestCode } from '../protocol/request-codes.js';

/** A request that is about to leave. Valid during the call. */
export interface HookedRequest {
  /** As in RequestCode.java. */
  readonly code: number;
  /** The name of the code, where it is one of those that are known here. */
  readonly name: string | undefined;
  /** Nobody answers it, and `afterResponse` is not called for it. */
  readonly isOneway: boolean;
  /** The header, under the names on the wire; what hooks before this one have set is among them. */
  readonly fields: ReadonlyMap<string, string>;
  /** What is sent: do not write to it. */
  readonly body: Uint8Array | undefined;
  /** Adds a field to the header, for whoever reads it on the other side. Throws for one that the request has of its own. */
  setField(name: string, value: string): void;
}

/** An answer that has come. */
export interface HookedResponse {
  /** As in ResponseCode.java; 0 is success. */
  readonly code: number;
  readonly remark: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Uint8Array | undefined;
}

/** See `Hooks` of `src/producer/hooks/hook-options.ts`, which promises what is done here. */
export interface RequestHooks {
  readonly beforeRequest?: ((address: string, request: HookedRequest) => void) | undefined;
  readonly afterResponse?: ((address: string, request: HookedRequest, response: HookedResponse) => void) | undefined;
}

/** A request that waits for its answer: see `Exchange` of `connection.ts`. */
interface Waiting<Connection> {
  readonly deadlineAt: number;
  onAnswer(frame: ReceivedFrame, connection: Connection): void;
  onFailure(error: RocketMQError): void;
}

/** Is told what hooks throw whose error can be nobody's outcome. */
export type HookReport<Hook extends string> = (hook: Hook, error: unknown) => void;

interface Installed {
  readonly hooks: RequestHooks;
  readonly report: HookReport<'afterResponse'>;
  readonly context: CallbackContext;
}

/** The hooks of all users of one client instance, in the order in which they came. */
export class RequestHookList {
  #installed: readonly Installed[] = [];
  readonly #scratch = new FrameBuffer();
  readonly #frame = new ReceivedFrame();

  get isEmpty(): boolean {
    return this.#installed.length === 0;
  }

  /** Calls them in `context` from now on. Returns what takes them out again. */
  add(hooks: RequestHooks, report: HookReport<'afterResponse'>, context: CallbackContext = ambientContext): () => void {
    const installed = { hooks, report, context };
    this.#installed = [...this.#installed, installed];
    return () => {
      this.#installed = this.#installed.filter((other) => other !== installed);
    };
  }

  /**
   * Shows a request to all hooks. What is returned is the frame to be sent in its place, in the same encoding. Throws
   * RMQ_HOOK_FAILED.
   */
  before(
    address: string,
    out: OutgoingFrame,
    encoding: HeaderEncoding,
    requestFields: ReadonlyMap<string, string> | undefined,
  ): RequestUnderWay {
    // Never given back: a hook that sends something itself comes here while this frame is still looked at.
    out.writeTo(this.#scratch, 0, encoding, requestFields);
    const chunks = this.#scratch.take();
    const [first] = chunks;
    const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    readFrame(bytes, 0, bytes.length, this.#frame);
    const { body } = this.#frame;
    const request = new RequestUnderWay(address, { ...this.#frame.toCommand(), body }, this.#installed);
    request.showToHooks();
    return request;
  }
}

const requestNames: ReadonlyMap<number, string> = new Map(
  Object.entries(RequestCode).map(([name, code]) => [code, name]),
);

/** One request, as the hooks see it and as it is sent then. */
export class RequestUnderWay implements HookedRequest, OutgoingFrame {
  readonly code: number;
  readonly name: string | undefined;
  readonly isOneway: boolean;
  // With the properties of messages, and their bodies: behind getters, where nothing that prints objects finds them.
  readonly #fields: Map<string, string>;
  readonly #address: string;
  readonly #command: Command;
  readonly #installed: readonly Installed[];

  constructor(address: string, command: Command, installed: readonly Installed[]) {
    this.code = command.code;
    this.name = requestNames.get(command.code);
    this.isOneway = (command.flag & FLAG_ONEWAY) !== 0;
    this.#fields = new Map(command.fields);
    this.#address = address;
    this.#command = command;
    this.#installed = installed;
  }

  get fields(): ReadonlyMap<string, string> {
    return this.#fields;
  }

  get body(): Uint8Array | undefined {
    return this.#command.body;
  }

  setField(name: string, value: string): void {
    if (typeof name !== 'string' || typeof value !== 'string' || name === '' || value === '') {
      throw new TypeError('name and value of a field are texts, and not empty');
    }
    if (this.#command.fields.has(name)) throw new TypeError(`the request has the field ${name} of its own`);
    this.#fields.set(name, value);
  }

  showToHooks(): void {
    if (this.#isAnswer) return;
    for (const { hooks, context } of this.#installed) {
      try {
        mustBeSynchronous(context.run(() => hooks.beforeRequest?.(this.#address, this)));
      } catch (thrown) {
        throw hookFailed('beforeRequest', thrown, { address: this.#address, requestCode: this.code });
      }
    }
  }

  writeTo(out: FrameBuffer, opaque: number, encoding: HeaderEncoding): void {
    writeFrame(
      out,
      { ...this.#command, opaque: this.#isAnswer ? this.#command.opaque : opaque, fields: this.fields },
      encoding,
    );
  }

  /** What we answer a server is no request, although it leaves the same way. */
  get #isAnswer(): boolean {
    return (this.#command.flag & FLAG_RESPONSE) !== 0;
  }

  /** `exchange`, with the hooks before it. */
  answeredTo<Connection>(exchange: Waiting<Connection>): Waiting<Connection> {
    return this.#installed.some(({ hooks }) => hooks.afterResponse !== undefined)
      ? new HookedExchange(exchange, (frame) => this.#showAnswer(frame))
      : exchange;
  }

  #showAnswer(frame: ReceivedFrame): void {
    const response = new ReceivedResponse(frame.toCommand());
    for (const { hooks, report, context } of this.#installed) {
      try {
        mustBeSynchronous(context.run(() => hooks.afterResponse?.(this.#address, this, response)));
      } catch (thrown) {
        report('afterResponse', thrown);
      }
    }
  }
}

/** An answer whose fields and body nothing finds that prints, copies or clones objects. */
class ReceivedResponse implements HookedResponse {
  readonly #command: Command;
  readonly code: number;
  readonly remark: string | undefined;

  constructor(command: Command) {
    this.#command = command;
    this.code = command.code;
    this.remark = command.remark;
  }

  get fields(): ReadonlyMap<string, string> {
    return this.#command.fields;
  }

  get body(): Uint8Array | undefined {
    return this.#command.body;
  }
}

class HookedExchange<Connection> implements Waiting<Connection> {
  readonly #exchange: Waiting<Connection>;
  readonly #onAnswer: (frame: ReceivedFrame) => void;

  constructor(exchange: Waiting<Connection>, onAnswer: (frame: ReceivedFrame) => void) {
    this.#exchange = exchange;
    this.#onAnswer = onAnswer;
  }

  get deadlineAt(): number {
    return this.#exchange.deadlineAt;
  }

  onAnswer(frame: ReceivedFrame, connection: Connection): void {
    this.#onAnswer(frame);
    this.#exchange.onAnswer(frame, connection);
  }

  onFailure(error: RocketMQError): void {
    this.#exchange.onFailure(error);
  }
}

export function hookFailed(hook: string, thrown: unknown, detail: Readonly<Record<string, unknown>>): RocketMQError {
  return createError('RMQ_HOOK_FAILED', `${hook} threw: ${messageOf(thrown)}`, {
    cause: thrown,
    detail: { hook, ...detail },
  });
}
