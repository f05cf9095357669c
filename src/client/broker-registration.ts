/**
 * Keeps the brokers told of the producer groups that live here: heartbeats while they do, a word when they leave. When
 * that is due is decided elsewhere. Sending needs no registration; transaction checks and replies do.
 * Source: MQClientInstance.sendHeartbeatToAllBroker and unregisterClient (5.5.0).
 */
import { neutralContext } from '../callbacks/neutral-context.js';
import { call } from '../connection/call.js';
import type { Connection } from '../connection/connection.js';
import type { ConnectionPool } from '../connection/connection-pool.js';
import { createError } from '../errors/rocketmq-error.js';
import type { Logger } from '../observe/logger.js';
import { heartBeat } from '../protocol/requests/heart-beat.js';
import { unregisterClient } from '../protocol/requests/unregister-client.js';
import type { Clock } from '../time/clock.js';

export interface BrokerRegistrationOptions {
  readonly clientId: string;
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  /** The brokers there are: the masters, as long as no consumer lives here. */
  readonly brokerAddresses: () => ReadonlySet<string>;
  readonly logger: Logger;
}

/** How long one broker may take (Java's mqClientApiTimeout). */
export const ANSWER_TIMEOUT_MS = 3000;

/** A route may name thousands; those that are connected to, because messages go there, are told first. */
const MAX_BROKERS = 256;

/** The producer groups of one client instance. */
export class BrokerRegistration {
  readonly #options: BrokerRegistrationOptions;
  readonly #groups = new Set<string>();
  /** Connections on which a heartbeat was sent: brokers know a client by its connection. */
  readonly #greeted = new WeakSet<Connection>();

  /** Connections on which a broker has answered a heartbeat, and how many reply names there had been by then. */
  readonly #heardBy = new WeakMap<Connection, number>();
  /**
   * Names by which replies find this client, beside the client id. Each is told as a client id of its own with a group of
   * its own: brokers note where a client id is when a connection tells a group that is new there.
   */
  readonly #replyNames = new Set<string>();
  #namesAdded = 0;
  readonly #introductions = new Map<string, Promise<unknown>>();
  /** The addresses of those that could not be told, and have answered no heartbeat since. */
  readonly #unreachable = new Set<string>();

  constructor(options: BrokerRegistrationOptions) {
    this.#options = options;
  }

  /** The next heartbeat carries the group. Throws RMQ_GROUP_DUPLICATE for one that is already here. */
  add(group: string): void {
    if (this.#groups.has(group)) {
      const { clientId } = this.#options;
      throw createError('RMQ_GROUP_DUPLICATE', `the group ${group} already has a producer on the client ${clientId}`, {
        detail: { group, clientId },
      });
    }
    this.#groups.add(group);
  }

  /** Takes the group out of the heartbeats, and out of the tables of all brokers. Never rejects. */
  async remove(group: string): Promise<void> {
    if (!this.#groups.delete(group)) return;
    const { clientId, logger } = this.#options;
    // A broker takes the group from the connection, and besides forgets where the client is that is named, whatever groups are
    // left (ProducerManager.unregisterProducer, 5.5.0, 4.9.7): nobody could bring it replies. No client id has a blank.
    const named = this.#groups.size === 0 ? clientId : `${clientId} leaving`;
    const request = { clientId: named, producerGroup: group };
    await this.#tellBrokers(async (connection, deadlineAt) => {
      this.#greeted.add(connection);
      try {
        await call(connection, unregisterClient, request, deadlineAt, { movesOn: false });
      } catch (error) {
        // Brokers forget the group all the same: at once when the connection closes, otherwise after 120 s.
        const told = { address: connection.address, group, error: String(error) };
        logger.info(told, 'a broker could not be told that a group leaves');
      }
    });
  }

  /** The next heartbeats carry the name, and nobody is introduced without it. */
  addReplyName(name: string): void {
    this.#replyNames.add(name);
    this.#namesAdded++;
  }

  /** Takes the name out of the heartbeats, and out of the tables of the brokers that have heard it. Never rejects. */
  async removeReplyName(name: string): Promise<void> {
    if (!this.#replyNames.delete(name)) return;
    await this.#tellBrokers(async (connection, deadlineAt) => {
      if (!this.#heardBy.has(connection)) return;
      // A broker closes the connection of a group that it has not heard of for 120 s; then all is told anew.
      const request = { clientId: name, producerGroup: name };
      await call(connection, unregisterClient, request, deadlineAt, { movesOn: false }).catch(() => {});
    });
  }

  /** Tells all brokers which groups live here. Never rejects. */
  async heartbeat(): Promise<void> {
    if (this.#groups.size > 0) await this.#tellBrokers((connection, deadlineAt) => this.#beat(connection, deadlineAt));
  }

  /**
   * A connection to a broker has opened: the broker learns at once who is there, and need not wait for the next round to
   * be able to ask about a transaction or bring a reply. Does nothing where a heartbeat is on its way already.
   */
  async greet(connection: Connection): Promise<void> {
    if (this.#groups.size === 0 || this.#greeted.has(connection)) return;
    await this.#beat(connection, this.#options.clock.now() + ANSWER_TIMEOUT_MS);
  }

  /**
   * Tells one broker, and resolves with its version: whatever it answers, a refusal too, tells it. Rejects where it does
   * not answer.
   */
  async versionOf(address: string, deadlineAt: number): Promise<number> {
    const connection = this.#options.pool.get(address);
    try {
      await this.#introduceOn(connection, deadlineAt);
    } catch (error) {
      if (connection.serverVersion === 0) throw error;
    }
    return connection.serverVersion;
  }

  /** Tells one broker who lives here, on the connection there is now. Rejects where it does not answer, or refuses it. */
  reach(address: string, deadlineAt: number): Promise<void> {
    return this.#introduceOn(this.#options.pool.get(address), deadlineAt);
  }

  /**
   * The same for all brokers, as far as they have not heard it on the connection there is now; undefined where all have.
   * A broker that could not be told is left out until it answers a heartbeat: who waits for it would wait in vain.
   */
  introduce(deadlineAt = this.#options.clock.now() + ANSWER_TIMEOUT_MS): Promise<void> | undefined {
    const { pool } = this.#options;
    const waits: Promise<unknown>[] = [];
    for (const address of this.#brokersToTell()) {
      if (this.#unreachable.has(address) || this.#heardBy.get(pool.get(address, false)) === this.#namesAdded) continue;
      waits.push(this.#introduceTo(address, deadlineAt));
    }
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /** One heartbeat for all that wait for it, unless there is a new name since. */
  #introduceTo(address: string, deadlineAt: number): Promise<unknown> {
    const id = `${address} ${this.#namesAdded}`;
    const underWay = this.#introductions.get(id);
    if (underWay !== undefined) return underWay;
    const introduction = neutralContext.run(() =>
      this.#introduceOn(this.#options.pool.get(address, false), deadlineAt)
        .catch(() => this.#unreachable.add(address))
        .finally(() => this.#introductions.delete(id)),
    );
    this.#introductions.set(id, introduction);
    return introduction;
  }

  /** Rejects where the broker did not hear it, or does not want to. */
  async #introduceOn(connection: Connection, deadlineAt: number): Promise<void> {
    const named = this.#namesAdded;
    const requests = [
      { clientId: this.#options.clientId, producerGroups: [...this.#groups] },
      ...Array.from(this.#replyNames, (name) => ({ clientId: name, producerGroups: [name] })),
    ];
    this.#greeted.add(connection);
    // A broker that goes away forgets its clients anyway: no connection is opened to tell it.
    await Promise.all(requests.map((request) => call(connection, heartBeat, request, deadlineAt, { movesOn: false })));
    this.#heardBy.set(connection, named);
    this.#unreachable.delete(connection.address);
  }

  /** Never rejects. */
  async #beat(connection: Connection, deadlineAt: number): Promise<void> {
    try {
      await this.#introduceOn(connection, deadlineAt);
    } catch (error) {
      const told = { address: connection.address, error: String(error) };
      this.#options.logger.warn(told, 'a heartbeat failed');
    }
  }

  async #tellBrokers(tell: (connection: Connection, deadlineAt: number) => Promise<void>): Promise<void> {
    const { pool, clock } = this.#options;
    const deadlineAt = clock.now() + ANSWER_TIMEOUT_MS;
    await Promise.all(this.#brokersToTell().map((address) => tell(pool.get(address, false), deadlineAt)));
  }

  /** All, or of too many those that are connected to and then others. */
  #brokersToTell(): readonly string[] {
    const { pool, brokerAddresses, logger } = this.#options;
    const all = [...brokerAddresses()];
    if (all.length <= MAX_BROKERS) return all;
    logger.warn({ brokers: all.length, told: MAX_BROKERS }, 'routes name too many brokers: not all get heartbeats');
    const connected = all.filter((address) => pool.isConnected(address));
    const others = all.filter((address) => !pool.isConnected(address));
    return [...connected, ...others].slice(0, MAX_BROKERS);
  }
}
