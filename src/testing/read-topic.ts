/**
 * Reads a topic over the wire, as any consumer would, to prove that messages are stored: from embedded servers as from
 * real ones. It is no consumer: no group, no offsets kept, no waiting for more.
 */
import type { ConnectionOptions } from 'node:tls';
import { CredentialSource } from '../access/credential-source.js';
import type { Credentials } from '../access/credentials.js';
import { FrameSigner } from '../access/frame-signer.js';
import { Sealed } from '../access/sealed.js';
import { call } from '../connection/call.js';
import { chooseDial } from '../connection/choose-dial.js';
import { ConnectionPool } from '../connection/connection-pool.js';
import { createError } from '../errors/rocketmq-error.js';
import { assertGiven } from '../options/check-options.js';
import type { MessageQueue } from '../protocol/message-queue.js';
import type { RemoteCall } from '../protocol/remote-call.js';
import { getMaxOffset } from '../protocol/requests/get-max-offset.js';
import { getMinOffset } from '../protocol/requests/get-min-offset.js';
import { getRouteInfo } from '../protocol/requests/get-route-info.js';
import { whenReadable } from '../protocol/compression.js';
import { pullMessage, PullSysFlag } from '../protocol/requests/pull-message.js';
import { MASTER_ID, PERM_READ, type TopicRouteData } from '../protocol/route-data.js';
import { decodeStoredMessages } from '../protocol/stored-message.js';
import { Clock } from '../time/clock.js';
import { DeadlineSweep } from '../time/deadline-sweep.js';
import { type ReadMessage, toReadMessages } from './read-message.js';
import { assertArguments, readOptions } from './testing-options.js';

/** How a reader gets in, and how long it waits. */
export interface ReadOptions {
  /** For each request. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** Where brokers have access control. */
  readonly credentials?: Credentials | undefined;
  /** Where servers speak TLS. */
  readonly tls?: ConnectionOptions | undefined;
}

/** One queue, and where to ask for it. */
interface ReadableQueue {
  readonly queue: MessageQueue;
  readonly address: string;
}

const GROUP = 'rx-rocketmq-reader';
/** Real brokers hand out no more than 32 at once. */
const PULL_MESSAGES = 32;

const TIMEOUT_MS = 5000;

const ignore = (): void => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Everything of a topic that can be read when the reading begins, queue by queue: each message once, in the order of its
 * queue. Real brokers need a few milliseconds after their answer until a message can be read.
 *
 * `nameServers` are addresses separated by `;`. Rejects with the RocketMQError of the first request that fails.
 */
export async function* readTopic(
  nameServers: string,
  topic: string,
  options: ReadOptions = {},
): AsyncGenerator<ReadMessage, void, undefined> {
  assertArguments('readTopic', { nameServers, topic });
  assertGiven('options of readTopic', options, readOptions);
  const reader = new TopicReader(topic, options);
  try {
    for (const readable of await reader.queues(nameServers)) yield* reader.messages(readable);
  } finally {
    reader.close();
  }
}

class TopicReader {
  readonly #topic: string;
  readonly #timeoutMs: number;
  readonly #clock = new Clock();
  readonly #pool: ConnectionPool;

  constructor(topic: string, { timeoutMs = TIMEOUT_MS, credentials, tls }: ReadOptions) {
    this.#topic = topic;
    this.#timeoutMs = timeoutMs;
    const clock = this.#clock;
    const dial = chooseDial({ tls: tls && new Sealed(tls) });
    const signer = credentials && signerOf(credentials);
    this.#pool = new ConnectionPool({ clock, sweep: new DeadlineSweep(clock), logger: silent, signer, dial });
  }

  close(): void {
    this.#pool.closeAll();
  }

  /** The queues of the topic that can be read, by broker and id. */
  async queues(nameServers: string): Promise<readonly ReadableQueue[]> {
    const { queueDatas, brokerDatas, topicQueueMappings } = await this.#route(nameServers);
    const masters = new Map(brokerDatas.map((broker) => [broker.brokerName, broker.brokerAddrs.get(MASTER_ID)]));
    const staticQueues = [...topicQueueMappings.values()].flatMap(({ brokerName, currIdMap }) =>
      Array.from(currIdMap.keys(), (queueId) => ({ topic: this.#topic, brokerName, queueId })),
    );
    if (staticQueues.length > 0) {
      return staticQueues
        .sort((a, b) => a.queueId - b.queueId)
        .flatMap((queue) => {
          const address = masters.get(queue.brokerName);
          return address === undefined ? [] : [{ queue, address }];
        });
    }
    const sorted = queueDatas.toSorted((a, b) => (a.brokerName < b.brokerName ? -1 : 1));
    const queues: ReadableQueue[] = [];
    for (const { brokerName, perm, readQueueNums } of sorted) {
      const address = masters.get(brokerName);
      if (address === undefined || (perm & PERM_READ) === 0) continue;
      for (let queueId = 0; queueId < readQueueNums; queueId++) {
        queues.push({ queue: { topic: this.#topic, brokerName, queueId }, address });
      }
    }
    return queues;
  }

  /** What lies in one queue now. */
  async *messages({ queue, address }: ReadableQueue): AsyncGenerator<ReadMessage, void, undefined> {
    const end = (await this.#call(address, getMaxOffset, queue)).offset;
    let { offset } = await this.#call(address, getMinOffset, queue);
    while (offset < end) {
      const pulled = await this.#call(address, pullMessage, {
        ...queue,
        consumerGroup: GROUP,
        queueOffset: offset,
        maxMessages: PULL_MESSAGES,
        sysFlag: PullSysFlag.SUBSCRIPTION,
        commitOffset: 0n,
        suspendTimeoutMs: 0n,
        subscription: '*',
        subVersion: 0n,
        expressionType: 'TAG',
      });
      for (const stored of decodeStoredMessages(Buffer.from(pulled.messages))) {
        const queueOffset = stored.queueOffset + (pulled.offsetDelta ?? 0n);
        await whenReadable(stored.sysFlag);
        // A batch is one record, of which the first messages may have been asked for before, or the last not be.
        for (const message of toReadMessages({ ...stored, queueId: queue.queueId, queueOffset }, queue.brokerName)) {
          if (message.queueOffset >= offset && message.queueOffset < end) yield message;
        }
      }
      // A broker that moves on by nothing would be asked for ever.
      if (pulled.nextBeginOffset <= offset) return;
      offset = pulled.nextBeginOffset;
    }
  }

  async #route(nameServers: string): Promise<TopicRouteData> {
    let failure: unknown = createError('RMQ_NAME_SERVER_MISSING', 'no name server is given');
    for (const address of nameServers.split(';')) {
      try {
        return await this.#call(address.trim(), getRouteInfo, { topic: this.#topic });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #call<Request, Response>(
    address: string,
    remoteCall: RemoteCall<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return call(this.#pool.get(address), remoteCall, request, this.#clock.now() + this.#timeoutMs);
  }
}

function signerOf(given: Credentials): FrameSigner {
  return new FrameSigner(new CredentialSource({ given, now: () => 0, onProblem: ignore }));
}
