/** The transactions of one producer: what their messages are, those whose local work is under way, and what brokers ask. */
import type { TransactionCheckListener } from '../../client/transaction-check-requests.js';
import type { Connection } from '../../connection/connection.js';
import type { HookReport } from '../../connection/request-hooks.js';
import type { Clock } from '../../time/clock.js';
import type { Logger } from '../../observe/logger.js';
import type { ResolvedConfig } from '../config.js';
import { endHook, type TellEnd } from '../hooks/end-hook.js';
import type { Open, Settled } from '../message/envelope.js';
import { LocalTransaction, type OpenTransactions, type TransactionDesk } from './local-transaction.js';
import type { Message } from '../message/message.js';
import { openEnvelope } from '../message/open-envelope.js';
import type { Tracer } from '../trace/tracer.js';
import { RecentEnds } from './recent-ends.js';
import { TransactionChecks } from './transaction-checks.js';
import { type ExecuteTransaction, transactionKind } from './transaction.js';

/** The producer behind it. */
export interface TransactionHost {
  readonly config: ResolvedConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer: Tracer | undefined;
  connectionTo(address: string): Connection;
  masterOf(brokerName: string): string | undefined;
  nameOnWire(name: string): string;
  nameFromWire(name: string): string;
}

export class ProducerTransactions implements TransactionDesk {
  readonly groupOnWire: string;
  readonly openTransactions: OpenTransactions = new Map();
  readonly recentEnds: RecentEnds;
  readonly tellEnd: TellEnd | undefined;
  readonly #host: TransactionHost;
  readonly #checks: TransactionChecks;

  constructor(host: TransactionHost, report: HookReport<'endTransaction'>) {
    const { config, logger, tracer } = host;
    this.#host = host;
    this.recentEnds = new RecentEnds(host.clock);
    this.groupOnWire = host.nameOnWire(config.group);
    const { group, hooks } = config;
    this.tellEnd = endHook({ group, hooks, tracer, report });
    this.#checks = new TransactionChecks({
      desk: this,
      limits: config.transactionChecks,
      check: config.checkTransaction,
      maxMessageBytes: config.maxMessageBytes,
      topicOf: (onWire) => host.nameFromWire(onWire),
      logger,
      callerContext: config.callerContext,
    });
  }

  /** For the client instance: brokers ask about a transaction of this producer's group. */
  get onCheck(): TransactionCheckListener {
    return this.#checks.onCheck;
  }

  get clock(): Clock {
    return this.#host.clock;
  }

  /** The envelope of a half message, whose local work follows when it is stored. Never throws. */
  open<C>(message: Message<C>, execute: ExecuteTransaction<C>, localTimeoutMs: number): Open<C> | Settled<C> {
    const envelope = openEnvelope(message, this.#host.config, transactionKind(this.groupOnWire));
    envelope.sequel = new LocalTransaction<C>(this, execute, localTimeoutMs);
    return envelope;
  }

  connectionTo(address: string): Connection {
    return this.#host.connectionTo(address);
  }

  masterOf(brokerName: string): string | undefined {
    return this.#host.masterOf(brokerName);
  }

  nameOnWire(topic: string): string {
    return this.#host.nameOnWire(topic);
  }

  /** Nobody is asked any more. */
  close(): void {
    this.#checks.close();
    this.recentEnds.clear();
  }
}
