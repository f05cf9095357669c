/**
 * Which clients a broker knows from their heartbeats, and how to reach them: it needs them to ask about transactions, and
 * to bring replies. A client whose connection is gone is forgotten at once.
 * Source: ProducerManager.java (5.5.0).
 */
import type { Sender } from './sender.js';

export class ClientTable {
  /** The groups of each client, by its id, under the connection that told them last. */
  readonly #clients = new Map<string, { readonly channel: Sender; readonly groups: Set<string> }>();
  #turn = 0;

  /** A client tells which producer groups it has. */
  heartbeat(clientId: string, groups: readonly string[], channel: Sender): void {
    this.#clients.set(clientId, { channel, groups: new Set(groups) });
  }

  /** A client takes one group back. */
  unregister(clientId: string, group: string | undefined): void {
    if (group !== undefined) this.#clients.get(clientId)?.groups.delete(group);
  }

  /** The connection of one client. */
  channelOf(clientId: string): Sender | undefined {
    this.#forgetGone();
    return this.#clients.get(clientId)?.channel;
  }

  /** The connection of some client of a producer group; of several, each in turn. */
  channelOfGroup(group: string): Sender | undefined {
    this.#forgetGone();
    const channels = [...this.#clients.values()].filter(({ groups }) => groups.has(group));
    return channels[this.#turn++ % channels.length]?.channel;
  }

  /** The clients of a producer group, and where their connections come from. */
  membersOf(group: string): readonly { readonly clientId: string; readonly address: string }[] {
    this.#forgetGone();
    return [...this.#clients]
      .filter(([, { groups }]) => groups.has(group))
      .map(([clientId, { channel }]) => ({ clientId, address: channel.remoteAddress }));
  }

  #forgetGone(): void {
    for (const [clientId, { channel }] of this.#clients) if (!channel.isOpen) this.#clients.delete(clientId);
  }
}
