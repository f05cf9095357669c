/**
 * Which clients a broker knows from their heartbeats, and how to reach them: it needs them to ask about transactions, and
 * to bring replies. When a connection closes, the clients that it has told are not found by their ids any more, **whichever
 * connections they have besides**, until one tells a group that is new on it.
 * Source: ProducerManager.java (5.5.0), and what real 5.5.0 and 4.9.7 did.
 */
import type { Sender } from './sender.js';

export class ClientTable {
  /** The members of each group: the ids of clients, by the connections that told them. */
  readonly #groups = new Map<string, Map<Sender, string>>();
  /** By the ids of clients. */
  readonly #channels = new Map<string, Sender>();
  readonly #known = new WeakSet<Sender>();
  #turn = 0;

  /** A client tells which producer groups it has. What is known already changes nothing, and what is missing neither. */
  heartbeat(clientId: string, groups: readonly string[], channel: Sender): void {
    if (!this.#known.has(channel)) {
      this.#known.add(channel);
      channel.whenClosed(() => this.#closed(channel));
    }
    for (const group of groups) {
      const members = this.#groups.get(group) ?? new Map<Sender, string>();
      if (members.has(channel)) continue;
      this.#groups.set(group, members.set(channel, clientId));
      this.#channels.set(clientId, channel);
    }
  }

  /**
   * A connection takes one group back. The client that is named to it is not found by its id any more, whatever other groups
   * it has, and until it tells one that is new on its connection.
   */
  unregister(clientId: string, group: string | undefined, channel: Sender): void {
    const members = group === undefined ? undefined : this.#groups.get(group);
    if (group === undefined || members === undefined) return;
    members.delete(channel);
    this.#channels.delete(clientId);
    if (members.size === 0) this.#groups.delete(group);
  }

  /** The connection of one client. */
  channelOf(clientId: string): Sender | undefined {
    return this.#channels.get(clientId);
  }

  /** The connection of some client of a producer group; of several, each in turn. */
  channelOfGroup(group: string): Sender | undefined {
    const channels = [...(this.#groups.get(group)?.keys() ?? [])];
    return channels[this.#turn++ % channels.length];
  }

  /** The clients of a producer group, and where their connections come from. */
  membersOf(group: string): readonly { readonly clientId: string; readonly address: string }[] {
    const members = [...(this.#groups.get(group) ?? [])];
    return members.map(([{ remoteAddress: address }, clientId]) => ({ clientId, address }));
  }

  #closed(channel: Sender): void {
    for (const [group, members] of this.#groups) {
      const clientId = members.get(channel);
      if (clientId === undefined) continue;
      members.delete(channel);
      this.#channels.delete(clientId);
      if (members.size === 0) this.#groups.delete(group);
    }
  }
}
