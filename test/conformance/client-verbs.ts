/** Verbs about clients: who a broker knows, and what a client in a namespace sees. */

/** A producer as brokers know it from its heartbeats. */
export interface KnownProducer {
  readonly clientId: string;
  /** The client's end of the connection. */
  readonly address: string;
}

export interface ClientVerbs {
  /** Who has the producer group, as one of the brokers of the topic knows it: `mqadmin producerConnection`. */
  producersOf(topic: string, group: string): Promise<KnownProducer[]>;
  /** The unique keys of what a Java consumer in the namespace (v1) finds in a topic, by the name that it sees. */
  readInNamespace(
    namespace: string,
    topic: string,
  ): Promise<readonly { readonly topic: string; readonly msgId: string }[]>;
}
