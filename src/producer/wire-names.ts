/**
 * What servers call the topics and groups of one producer: its namespace (v1) in front, where it has one. How a name is
 * wrapped is `protocol/namespace.ts`'s.
 */
import { unwrapNamespace, wrapNamespace } from '../protocol/namespace.js';

/** One for each cluster that requests come from. */
const MAX_REPLY_TOPICS = 1000;

export class WireNames {
  readonly #namespace: string | undefined;
  readonly #replyTopics = new Set<string>();

  constructor(namespace: string | undefined) {
    this.#namespace = namespace;
  }

  /**
   * The topic is where a cluster's replies go, which is the brokers' own and in no namespace. Java renames it all the same,
   * and depends on brokers that create topics by themselves.
   */
  addReplyTopic(topic: string): void {
    if (this.#namespace === undefined) return;
    if (this.#replyTopics.size >= MAX_REPLY_TOPICS) this.#replyTopics.clear();
    this.#replyTopics.add(topic);
  }

  /** The name of a topic or group, as servers know it. */
  toWire(name: string): string {
    if (this.#namespace === undefined || this.#replyTopics.has(name)) return name;
    return wrapNamespace(this.#namespace, name);
  }

  /** The same back. */
  fromWire(name: string): string {
    return this.#namespace === undefined ? name : unwrapNamespace(this.#namespace, name);
  }
}
