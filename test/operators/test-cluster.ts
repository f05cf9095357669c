/** An embedded cluster and producers for one test file: opened before each test, closed after it, nothing left behind. */
import { createProducer } from '../../src/create-producer.js';
import type { ProducerConfig } from '../../src/producer/config.js';
import type { Producer } from '../../src/producer/producer.js';
import {
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  refuse,
  type Reply,
  startEmbeddedCluster,
} from '../../src/testing/index.js';

const SEND = 'SEND_MESSAGE_V2';

export class TestCluster {
  #cluster: EmbeddedCluster | undefined;
  #producers: Producer[] = [];

  async open(options: EmbeddedClusterOptions = {}): Promise<void> {
    this.#cluster = await startEmbeddedCluster({ brokers: 2, ...options });
    this.#cluster.createTopic('orders', { queues: 2 });
  }

  async close(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.shutdown({ drain: false })));
    this.#producers = [];
    await this.#cluster?.close();
    this.#cluster = undefined;
  }

  get cluster(): EmbeddedCluster {
    if (this.#cluster === undefined) throw new Error('the cluster is not open');
    return this.#cluster;
  }

  get config(): ProducerConfig {
    return { nameServers: this.cluster.nameServers, group: 'orders-service', logger: false };
  }

  producer(config: Partial<ProducerConfig> = {}): Producer {
    const producer = createProducer({ ...this.config, ...config });
    this.#producers.push(producer);
    return producer;
  }

  /** Answers every send of both brokers. */
  scriptSends(reply: Reply): void {
    for (const broker of this.cluster.brokers) broker.script({ when: { code: SEND }, reply });
  }

  /** Refuses the bodies named, for good. */
  refuseBodies(...bodies: readonly string[]): void {
    for (const broker of this.cluster.brokers) {
      broker.script({
        when: {
          code: SEND,
          matches: ({ body }) => body !== undefined && bodies.includes(Buffer.from(body).toString()),
        },
        reply: refuse('MESSAGE_ILLEGAL'),
      });
    }
  }

  /** Sends of both brokers, answered or not. */
  get sends(): number {
    return this.cluster.brokers.reduce((sum, broker) => sum + broker.requests(SEND), 0);
  }
}

/** Waits, turn by turn, until `isSo`; the test's own time limit ends it. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}
