/**
 * The requests of one producer: which wait for their replies, and that brokers know where those go. What a request is on
 * the wire is `reply.ts`.
 * Source: DefaultMQProducerImpl.request, RequestFutureHolder.java (5.5.0).
 */
import { randomUUID } from 'node:crypto';
import { correlationIdOf, type PushedReply } from '../../client/reply-requests.js';
import { MessageProperty } from '../../protocol/message-properties.js';
import type { TopicRoute } from '../../route/topic-route.js';
import type { ResolvedConfig } from '../config.js';
import type { Open, Settled } from '../message/envelope.js';
import type { Message } from '../message/message.js';
import { openEnvelope } from '../message/open-envelope.js';
import { PendingReply } from './pending-reply.js';
import { type ReceivedRequest, requestKind } from './reply.js';
import { ReplyNames, type ReplyNamesHost } from './reply-names.js';

/** The producer behind it. */
export interface RequestHost extends ReplyNamesHost {
  readonly config: ResolvedConfig;
  routeOf(topic: string): TopicRoute | Promise<TopicRoute>;
  /** Tells all brokers who is here, where they have not heard it; undefined where all have. Never rejects. */
  introduce(): Promise<void> | undefined;
  countStray(): void;
}

export class ProducerRequests {
  /** What correlation ids of this producer begin with. */
  readonly name = randomUUID();
  /** What brokers find this producer by. */
  readonly replyNames: ReplyNames;
  readonly #host: RequestHost;
  readonly #pending = new Map<string, Pick<PendingReply<unknown>, 'arrived'>>();
  #count = 0;

  constructor(host: RequestHost) {
    this.#host = host;
    this.replyNames = new ReplyNames(host);
  }

  /** How many wait for their answer or their reply. */
  get size(): number {
    return this.#pending.size;
  }

  /** The envelope of a request, settled with a `RequestReceipt` when its reply has come. Never throws. */
  open<C>(message: Message<C>, timeoutMs: number): Open<C> | Settled<C> {
    const correlationId = correlationIdOf(this.name, ++this.#count);
    const clientId = this.replyNames.take();
    const { config } = this.#host;
    const kind = requestKind({ correlationId, clientId, ttlMs: timeoutMs });
    const envelope = openEnvelope(message, config, kind);
    if (envelope.outcome !== undefined) {
      this.replyNames.release(clientId);
      return envelope;
    }
    const forget = (): void => {
      this.#pending.delete(correlationId);
      this.replyNames.release(clientId);
    };
    const pending = new PendingReply<C>(config.maxMessageBytes, {
      forget,
      missed: () => this.replyNames.replyMissed(),
    });
    this.#pending.set(correlationId, pending);
    envelope.sequel = pending;
    return envelope;
  }

  /** For the client instance: a broker brings a reply. One that comes too late, or twice, is counted and dropped. */
  readonly onReply = (reply: PushedReply): void => {
    const pending = this.#pending.get(reply.correlationId);
    if (pending === undefined) this.#host.countStray();
    else pending.arrived(reply);
  };

  /** A broker could not find who made this request. */
  requesterMissing({ properties }: ReceivedRequest): void {
    if (this.replyNames.isOwn(properties[MessageProperty.REPLY_TO_CLIENT] ?? '')) this.replyNames.replyMissed();
  }

  /**
   * The route of a request's topic. A reply may come over any broker of the cluster, whichever the topic has, so all have to
   * know this client before the request leaves.
   */
  routeOf(topic: string): TopicRoute | Promise<TopicRoute> {
    const route = this.#host.routeOf(topic);
    return 'then' in route ? route.then((found) => this.#introduced(found)) : this.#introduced(route);
  }

  #introduced(route: TopicRoute): TopicRoute | Promise<TopicRoute> {
    const introduced = this.#host.introduce();
    return introduced === undefined ? route : introduced.then(() => route);
  }
}
