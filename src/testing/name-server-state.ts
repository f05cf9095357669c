/**
 * Which brokers a name server knows. Brokers tell it that they live; it never asks them.
 */
import type { ServerRelease } from './server-release.js';
import type { TopicTable } from './topic-table.js';

/** What a broker tells the name servers about itself. */
interface BrokerRegistration {
  readonly name: string;
  readonly address: string;
  readonly topics: TopicTable;
  /** Where it says it is. */
  readonly zone?: string | undefined;
}

export class NameServerState {
  readonly release: ServerRelease;
  readonly #brokers = new Map<string, BrokerRegistration>();

  constructor(release: ServerRelease) {
    this.release = release;
  }

  get brokers(): Iterable<BrokerRegistration> {
    return this.#brokers.values();
  }

  register(broker: BrokerRegistration): void {
    this.#brokers.set(broker.name, broker);
  }

  unregister(name: string): void {
    this.#brokers.delete(name);
  }

  /** As after a restart, before any broker has registered again. */
  forgetAll(): void {
    this.#brokers.clear();
  }
}
