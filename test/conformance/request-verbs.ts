/** The other side of requests and replies, as the targets play it. */

export interface RequestVerbs {
  /**
   * From now on somebody, in the namespace where one is given, consumes the topic and answers every request in it with
   * `re: ` and its body, until the target ends.
   */
  answerRequests(topic: string, namespace?: string): Promise<void>;
  /** Somebody sends a request; resolves with the body of the reply, as text. Rejects when there is none in time. */
  ask(topic: string, body: string, timeoutMs: number, namespace?: string): Promise<string>;
}
