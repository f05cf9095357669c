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

export const TOPIC = 'orders';

const SEND = 'SEND_MESSAGE_V2';

export class TestCluster {
  #cluster: EmbeddedCluster | undefined;
  #producers: Producer[] = [];

  /** With two brokers, unless asked for otherwise, and a topic that has `queues` on each. */
  async open(options: EmbeddedClusterOptions = {}, queues = 2): Promise<void> {
    this.#cluster = await startEmbeddedCluster({ brokers: 2, ...options });
    this.#cluster.createTopic(TOPIC, { queues });
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
    return { nameServers: this.cluster.nameServers, group: 'group', logger: false };
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

/** Waits, a moment at a time, until something is so; a test in which it never is so fails. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let moments = 0; !isSo(); moments++) {
    if (moments > 15_000) throw new Error(`never so: ${String(isSo)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
