/**
 * A producer whose brokers, routes and thread pool are a plan in virtual time: everything of the real producer from its
 * configuration to the exchange with a connection runs, and nothing else does. What a message meets is decided by the
 * plan alone, so a run can be repeated and shrunk.
 */
import { VirtualTimeScheduler } from 'rxjs';
import type { Connection, Exchange } from '../../src/connection/connection.js';
import { createProducer } from '../../src/create-producer.js';
import { createError, type RocketMQError } from '../../src/errors/rocketmq-error.js';
import type { ProducerConfig } from '../../src/producer/config.js';
import type { Envelope } from '../../src/producer/message/envelope.js';
import type { Flow, FlowSetup } from '../../src/producer/flow/flow.js';
import { coreOf, type Producer } from '../../src/producer/producer.js';
import type { ProducerCore } from '../../src/producer/producer-core.js';
import { decodeBatchBody } from '../../src/protocol/batch-body.js';
import type { OutgoingFrame } from '../../src/protocol/command.js';
import { FrameBuffer } from '../../src/protocol/frame-buffer.js';
import { readFrame, writeFrame } from '../../src/protocol/frame.js';
import { decodeProperties } from '../../src/protocol/properties.js';
import { ReceivedFrame } from '../../src/protocol/received-frame.js';
import { RequestCode } from '../../src/protocol/request-codes.js';
import { sendBatchMessage } from '../../src/protocol/requests/send-batch-message.js';
import { sendMessage } from '../../src/protocol/requests/send-message.js';
import { ResponseCode } from '../../src/protocol/response-codes.js';
import { ROUTE } from '../operators/operator-kit.js';
import { threadPool } from './virtual-thread-pool.js';

/** What a broker, or the way to it, does with one attempt. */
export const fates = [
  'stored',
  'stored late',
  'answer lost',
  'lost before it came',
  'connection lost after storing',
  'connect failed',
  'refused for good',
  'busy',
  'system error',
  'garbage',
  'answered twice',
] as const;
export type Fate = (typeof fates)[number];

export interface ClusterPlan {
  /** Of the attempts, in the order in which they are made; then again from the first. */
  readonly fates: readonly Fate[];
  /** Ms until the answer. */
  readonly answerMs: readonly number[];
  /** Ms until a route is known; 0: it is known. */
  readonly routeMs: readonly number[];
  /** Every so many attempts the address of the broker has to be asked for first. 0: never. */
  readonly addressUnknownEvery: number;
  /** When broker-b does nothing: what it is sent meanwhile it reads when it goes on. */
  readonly silence?: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** 0 until a first answer has told it; 4.x and 5.x take batches differently. */
  readonly serverVersion: 0 | 399 | 513;
}

const cycle = <T>(items: readonly T[], fallback: T): (() => T) => {
  let next = 0;
  return () => items[next++ % items.length] ?? fallback;
};

export class SimulatedCluster {
  readonly producer: Producer;
  readonly core: ProducerCore;
  /** Every envelope that came to `admit`, in order. */
  readonly offered: Envelope[] = [];
  readonly flows: Flow[] = [];
  /** Unique keys of what the brokers have stored, with the number of copies. */
  readonly stored = new Map<string, number>();
  /** The numbers of the messages, in the order in which their first copies were stored. */
  readonly storedContexts: number[] = [];
  attempts = 0;
  /** Of the attempts, how many are under way to each broker. */
  readonly underWay = new Map<string, number>();
  readonly #scheduler: VirtualTimeScheduler;

  constructor(plan: ClusterPlan, config: Partial<ProducerConfig> = {}) {
    this.#scheduler = new VirtualTimeScheduler();
    this.producer = createProducer({
      nameServers: 'simulated:1',
      group: 'schedules',
      logger: false,
      scheduler: this.#scheduler,
      ...config,
    });
    this.core = coreOf(this.producer);
    this.#replaceNetwork(plan);
    threadPool.after = (ms, work) => this.after(ms, work);
  }

  get now(): number {
    return this.#scheduler.frame;
  }

  after(ms: number, work: () => void): void {
    this.core.clock.after(ms, work);
  }

  /** Plays what is due in the next `ms`, one millisecond and all promises after the other. */
  async advance(ms: number, look: () => void): Promise<void> {
    for (let passed = 0; passed < ms; passed++) {
      this.#scheduler.maxFrames = this.#scheduler.frame + 1;
      this.#scheduler.flush();
      this.#scheduler.frame = this.#scheduler.maxFrames;
      await new Promise(setImmediate);
      look();
    }
  }

  #replaceNetwork(plan: ClusterPlan): void {
    const { core } = this;
    const routeMs = cycle(plan.routeMs, 0);
    const createFlow = core.createFlow.bind(core);
    let asked = 0;
    Object.assign(core, {
      ensureStarted: () => Promise.resolve(),
      createFlow: (setup: FlowSetup) => this.#watched(createFlow(setup)),
      routeOf: () => {
        const ms = routeMs();
        return ms === 0 ? ROUTE : new Promise((resolve) => this.after(ms, () => resolve(ROUTE)));
      },
      knownRoute: () => ROUTE,
      refreshRoute: () => new Promise<void>((resolve) => this.after(6, resolve)),
      addressOf: (brokerName: string) => {
        const isUnknown = plan.addressUnknownEvery > 0 && ++asked % plan.addressUnknownEvery === 0;
        return isUnknown ? undefined : brokerName;
      },
      connectionTo: this.#connections(plan),
    } satisfies { [K in keyof ProducerCore]?: unknown });
  }

  #watched(flow: Flow): Flow {
    const adopt = flow.adopt.bind(flow);
    this.flows.push(flow);
    return Object.assign(flow, {
      adopt: (envelope: Envelope) => {
        this.offered.push(envelope);
        adopt(envelope);
      },
    });
  }

  #connections(plan: ClusterPlan): (address: string) => Connection {
    const fate = cycle<Fate>(plan.fates, 'stored');
    const answerMs = cycle(plan.answerMs, 1);
    const connectionTo = (address: string): Connection => {
      const connection = {
        serverVersion: plan.serverVersion,
        request: (out: OutgoingFrame, exchange: Exchange) => {
          this.attempts++;
          const request = readRequest(out);
          const counted = this.#counted(address, exchange);
          const silentMs = address === 'broker-b' ? this.#silentMs(plan) : 0;
          if (silentMs > 0) this.#meetSilence(silentMs, request, counted, connection as unknown as Connection);
          else this.#meet(fate(), answerMs(), request, counted, connection as unknown as Connection);
        },
        successor: () => undefined,
      };
      return connection as unknown as Connection;
    };
    const connections = new Map(['broker-a', 'broker-b'].map((name) => [name, connectionTo(name)]));
    return (address) => connections.get(address) ?? connectionTo(address);
  }

  #silentMs({ silence }: ClusterPlan): number {
    return silence !== undefined && this.now >= silence.fromMs ? silence.toMs - this.now : 0;
  }

  #counted(address: string, exchange: Exchange): Exchange {
    const add = (one: number): unknown => this.underWay.set(address, (this.underWay.get(address) ?? 0) + one);
    let isUnderWay = true;
    const end = (): void => {
      if (isUnderWay) add(-1);
      isUnderWay = false;
    };
    add(1);
    return {
      deadlineAt: exchange.deadlineAt,
      onAnswer(frame, connection) {
        end();
        exchange.onAnswer(frame, connection);
      },
      onFailure(error) {
        end();
        exchange.onFailure(error);
      },
    };
  }

  #meetSilence(silentMs: number, request: SendRequest, exchange: Exchange, connection: Connection): void {
    const left = exchange.deadlineAt - this.now;
    this.after(silentMs, () => {
      this.#store(request);
      if (silentMs < left) exchange.onAnswer(storedAnswer(request), connection);
    });
    if (silentMs >= left) this.after(left, () => exchange.onFailure(failure('RMQ_ATTEMPT_TIMEOUT')));
  }

  #store({ messages }: SendRequest): void {
    for (const { uniqueKey, context } of messages) {
      if (!this.stored.has(uniqueKey)) this.storedContexts.push(context);
      this.stored.set(uniqueKey, (this.stored.get(uniqueKey) ?? 0) + 1);
    }
  }

  #meet(fate: Fate, ms: number, request: SendRequest, exchange: Exchange, connection: Connection): void {
    const answer = (frame: ReceivedFrame) => (): void => exchange.onAnswer(frame, connection);
    const left = exchange.deadlineAt - this.now;
    // As a connection does it: an answer beats its timeout, and nothing comes to nobody.
    const isInTime = ms < left;
    const timeOut = (): void => this.after(left, () => exchange.onFailure(failure('RMQ_ATTEMPT_TIMEOUT')));
    const failAfter = (code: NetworkFailure): void =>
      this.after(Math.min(ms, left), () => exchange.onFailure(failure(code)));
    switch (fate) {
      case 'stored':
      case 'answered twice':
        this.#store(request);
        if (!isInTime) timeOut();
        else this.after(ms, answer(storedAnswer(request)));
        if (isInTime && fate === 'answered twice') this.after(ms + 1, answer(storedAnswer(request)));
        return;
      case 'stored late':
        this.#store(request);
        timeOut();
        this.after(left + 1, answer(storedAnswer(request)));
        return;
      case 'answer lost':
        this.#store(request);
        timeOut();
        return;
      case 'lost before it came':
        timeOut();
        return;
      case 'connection lost after storing':
        this.#store(request);
        failAfter('RMQ_CONNECTION_LOST');
        return;
      case 'connect failed':
        failAfter('RMQ_CONNECT_FAILED');
        return;
      case 'garbage':
        this.#store(request);
        failAfter('RMQ_PROTOCOL_VIOLATION');
        return;
      case 'refused for good':
      case 'busy':
      case 'system error':
        if (isInTime) this.after(ms, answer(REFUSALS[fate]));
        else timeOut();
        return;
    }
  }
}

interface SendRequest {
  readonly isBatch: boolean;
  readonly messages: readonly { readonly uniqueKey: string; readonly context: number }[];
}

/** What a broker would read of it; every message carries its number as a property. */
function readRequest(out: OutgoingFrame): SendRequest {
  const bytes = new FrameBuffer();
  out.writeTo(bytes, 1, 'binary');
  const frame = new ReceivedFrame();
  readFrame(bytes.bytes, 0, bytes.offset, frame);
  const isBatch = frame.code === RequestCode.SEND_BATCH_MESSAGE;
  const { properties = '', body } = (isBatch ? sendBatchMessage : sendMessage).decodeRequest(frame);
  const members = isBatch ? decodeBatchBody(Buffer.from(body)) : [{ properties }];
  const messages = members.map((member) => {
    const all = decodeProperties(member.properties);
    return { uniqueKey: all.get('UNIQ_KEY') ?? '', context: Number(all.get(NUMBER_PROPERTY)) };
  });
  return { isBatch, messages };
}

/** The property with the number of a message. */
export const NUMBER_PROPERTY = 'number';

type NetworkFailure = 'RMQ_ATTEMPT_TIMEOUT' | 'RMQ_CONNECTION_LOST' | 'RMQ_CONNECT_FAILED' | 'RMQ_PROTOCOL_VIOLATION';
const failure = (code: NetworkFailure): RocketMQError => createError(code, 'as planned');

function received(code: number, fields: ReadonlyMap<string, string>, remark?: string): ReceivedFrame {
  const out = new FrameBuffer();
  writeFrame(
    out,
    { code, opaque: 1, flag: 1, version: 0, language: 'JAVA', remark, fields, body: undefined },
    'binary',
  );
  const frame = new ReceivedFrame();
  readFrame(Buffer.from(out.bytes.subarray(0, out.offset)), 0, out.offset, frame);
  return frame;
}

const PLACE = '7F00000100002A9F0000000000000001';

function storedAnswer({ messages }: SendRequest): ReceivedFrame {
  const offsetMsgId = messages.map(() => PLACE).join(',');
  const { code, fields } = sendMessage.response({ status: 'SEND_OK', offsetMsgId, queueId: 0, queueOffset: 1n });
  return received(code, fields);
}

const REFUSALS = {
  'refused for good': received(ResponseCode.MESSAGE_ILLEGAL, new Map(), 'as planned'),
  busy: received(ResponseCode.SYSTEM_BUSY, new Map(), '[TIMEOUT_CLEAN_QUEUE]broker busy'),
  'system error': received(ResponseCode.SYSTEM_ERROR, new Map(), 'as planned'),
} as const;
