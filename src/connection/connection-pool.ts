/**
 * At most one connection per address: opened on demand, closed when idle, opened again with a growing delay after
 * failures. Which addresses there are, and what is sent to them, is decided elsewhere.
 */
import type { Subscription } from 'rxjs';
import type { FrameSigner } from '../access/frame-signer.js';
import { createError, type RocketMQError } from '../errors/rocketmq-error.js';
import type { Logger } from '../observe/logger.js';
import type { HeaderEncoding } from '../protocol/command.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { Backoff } from '../time/backoff.js';
import type { Clock } from '../time/clock.js';
import type { DeadlineSweep } from '../time/deadline-sweep.js';
import { ByteBudget } from '../collections/byte-budget.js';
import { Connection, type ConnectionListener, type ConnectionSurroundings } from './connection.js';
import { ConnectionCounters } from './connection-counters.js';
import { createTcpDial, type Dial } from './dial.js';
import { DialQueue } from './dial-queue.js';
import { RequestHookList } from './request-hooks.js';

/** A connection opened or closed. */
export type ConnectionEvent =
  | { readonly address: string; readonly state: 'open'; readonly connection: Connection }
  | { readonly address: string; readonly state: 'closed'; readonly reason: RocketMQError };

export interface ConnectionPoolOptions {
  readonly clock: Clock;
  readonly sweep: DeadlineSweep;
  readonly logger: Logger;
  /** Default: plain TCP. */
  readonly dial?: Dial | undefined;
  /** One deadline for name lookup, connecting and whatever else `dial` does. Default 3000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Forces the encoding of all headers; default: what suits the server. */
  readonly encoding?: HeaderEncoding | undefined;
  /** What every request carries besides its own fields. */
  readonly requestFields?: ReadonlyMap<string, string> | undefined;
  /** Signs every request. Default: nobody does. */
  readonly signer?: FrameSigner | undefined;
  /** A server asks for something. Answer with `connection.oneway`. The frame is valid only during the call. */
  readonly onServerRequest?: ((frame: ReceivedFrame, connection: Connection) => void) | undefined;
  readonly onEvent?: ((event: ConnectionEvent) => void) | undefined;
  /** Where an address was learned, for errors about it. */
  readonly originOf?: ConnectionSurroundings['originOf'] | undefined;
  /** Spreads the reconnects of many clients; in 0..1, as Math.random. */
  readonly random?: (() => number) | undefined;
}

const CONNECT_TIMEOUT_MS = 3000;

/** Servers close a connection after 120 s without a frame; closing first spares a request the race with that. */
const IDLE_MS = 110_000;

/** Above so many the connection that was idle for longest makes room, so that the application has sockets left. */
const MAX_CONNECTIONS = 1024;

/** What all connections together may hold of frames that have begun and not ended; an honest one has 16 MiB at most. */
const MAX_PARTIAL_BYTES = 128 * 1024 * 1024;

const RECONNECT = { firstMs: 100, capMs: 3000 } as const;

/** What is known of one address. */
export interface AddressHealth {
  readonly connection: 'open' | 'connecting' | 'failed' | 'idle';
  /** When a frame last came from there (`Clock.now()`); NaN where none has. */
  readonly lastHeardAt: number;
  /** What ended the last connection, unless it ended in order or there is a new one. */
  readonly problem: RocketMQError | undefined;
}

interface Place {
  connection: Connection;
  readonly backoff: Backoff;
  /** Not to be dialed before (`Clock.now()`). */
  retryAt: number;
  /** The server said GO_AWAY, and another connection was opened because of it; since then nobody has answered otherwise. */
  hasMoved: boolean;
  /** On connections before this one. */
  lastHeardAt: number;
  /** Why the connection has failed, where it has. */
  problem: RocketMQError | undefined;
}

export class ConnectionPool implements ConnectionListener {
  readonly counters = new ConnectionCounters();
  /** Around every request of every connection. */
  readonly hooks = new RequestHookList();
  readonly #options: ConnectionPoolOptions;
  readonly #clock: Clock;
  readonly #surroundings: ConnectionSurroundings;
  readonly #places = new Map<string, Place>();
  readonly #dials = new DialQueue();
  readonly #opened = new Set<Connection>();
  /** To addresses that nobody wants any more, with requests still pending. */
  readonly #leaving = new Set<Connection>();
  #idleCheck: Subscription | undefined;
  #isClosed = false;

  constructor(options: ConnectionPoolOptions) {
    const { clock, sweep, encoding, requestFields, signer, dial = createTcpDial() } = options;
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS, originOf } = options;
    this.#options = options;
    this.#clock = clock;
    const { counters, hooks } = this;
    this.#surroundings = {
      clock,
      sweep,
      dial,
      connectTimeoutMs,
      encoding,
      requestFields,
      hooks,
      signer,
      counters,
      originOf,
      partialFrames: new ByteBudget(MAX_PARTIAL_BYTES),
    };
  }

  /**
   * The connection to `address`: the one there is, or a new one that is dialing. While an address is given a rest after
   * a failure this is the failed connection, whose requests fail in the next turn of the event loop. Of many that are to
   * be dialed, those that are not urgent wait for the others, and for each other.
   */
  get(address: string, isUrgent = true): Connection {
    const place = this.#places.get(address);
    if (place === undefined) return this.#add(address, isUrgent);
    const { connection } = place;
    if (connection.state === 'open') return connection;
    if (connection.state === 'dialing') {
      if (isUrgent) this.#dials.hurry(connection);
    } else if (this.#clock.now() >= place.retryAt) {
      place.connection = this.#createConnection(address);
      this.#open(place.connection, isUrgent);
    }
    return place.connection;
  }

  /** What is known of an address; nothing is opened. */
  healthOf(address: string): AddressHealth {
    const place = this.#places.get(address);
    if (place === undefined) return { connection: 'idle', lastHeardAt: Number.NaN, problem: undefined };
    const { connection, problem } = place;
    const lastHeardAt = Number.isNaN(connection.lastHeardAt) ? place.lastHeardAt : connection.lastHeardAt;
    if (connection.state === 'open') return { connection: 'open', lastHeardAt, problem: undefined };
    if (connection.state === 'dialing') return { connection: 'connecting', lastHeardAt, problem };
    return { connection: problem === undefined ? 'idle' : 'failed', lastHeardAt, problem };
  }

  /** Whether there is a connection to the address, or one that is being dialed. */
  isConnected(address: string): boolean {
    return (this.#places.get(address)?.connection.state ?? 'closed') !== 'closed';
  }

  /** Whether the server there has said that it leaves, and nobody has answered in its place yet. */
  isGoingAway(address: string): boolean {
    const place = this.#places.get(address);
    return place?.hasMoved === true && !place.connection.hasAnswered;
  }

  /** Closes the connections to all other addresses, each once its pending requests have ended, and forgets them. */
  retain(addresses: ReadonlySet<string>): void {
    for (const [address, { connection }] of this.#places) {
      if (addresses.has(address)) continue;
      this.#places.delete(address);
      if (connection.state === 'closed') continue;
      this.#leaving.add(connection);
      connection.closeWhenIdle();
    }
  }

  /** Closes everything at once, for good: what is pending fails with RMQ_CLOSED. */
  closeAll(): void {
    this.#isClosed = true;
    this.#idleCheck?.unsubscribe();
    this.#dials.clear();
    const connections = [...this.#leaving, ...[...this.#places.values()].map((place) => place.connection)];
    this.#places.clear();
    for (const connection of connections) connection.close(closedError());
  }

  onOpen(connection: Connection): void {
    const { address } = connection;
    this.#dials.ended(connection);
    this.#opened.add(connection);
    if (this.#opened.size > MAX_CONNECTIONS) this.#makeRoom(connection);
    this.#options.logger.debug({ address }, 'connection opened');
    this.#options.onEvent?.({ address, state: 'open', connection });
  }

  onClosed(connection: Connection, reason: RocketMQError, failed: number): void {
    const { address } = connection;
    this.#leaving.delete(connection);
    this.#opened.delete(connection);
    this.#dials.ended(connection);
    this.#giveRest(connection, reason);
    const line = { address, code: reason.code, reason: reason.message, failed };
    const isQuiet = failed === 0 && reason.code !== 'RMQ_CONNECT_FAILED' && reason.code !== 'RMQ_PROTOCOL_VIOLATION';
    if (isQuiet || reason.code === 'RMQ_CLOSED') this.#options.logger.debug(line, 'connection closed');
    else this.#options.logger.warn(line, 'connection failed');
    this.#options.onEvent?.({ address, state: 'closed', reason });
  }

  /**
   * One more connection to the address, for all that is refused on the old one, and no third: (1) requests A and B are on
   * their way; (2) A is answered GO_AWAY and moves to a new connection; (3) B is answered so too, and moves to the same
   * one; (4) the same server is behind it and refuses again: here it ends, until somebody answers otherwise. (Java opens
   * a connection at each such answer, 500 in eight seconds, because its heartbeat on each is refused as well.)
   */
  onGoAway(connection: Connection): Connection | undefined {
    const { address } = connection;
    const place = this.#places.get(address);
    if (place === undefined || this.#isClosed) return undefined;
    if (place.connection !== connection) return place.connection;
    if (connection.hasAnswered) place.hasMoved = false;
    if (place.hasMoved) return undefined;
    this.#options.logger.info({ address }, 'a server goes away: one more connection is opened');
    place.hasMoved = true;
    place.connection = this.#createConnection(address);
    this.#leaving.add(connection);
    connection.closeWhenIdle();
    this.#open(place.connection, true);
    return place.connection;
  }

  onServerRequest(frame: ReceivedFrame, connection: Connection): void {
    this.#options.onServerRequest?.(frame, connection);
  }

  #add(address: string, isUrgent: boolean): Connection {
    const connection = this.#createConnection(address);
    if (this.#isClosed) {
      connection.close(closedError());
      return connection;
    }
    const backoff = new Backoff({ ...RECONNECT, random: this.#options.random ?? Math.random });
    const place = { connection, backoff, retryAt: 0, hasMoved: false, lastHeardAt: Number.NaN, problem: undefined };
    this.#places.set(address, place);
    this.#open(connection, isUrgent);
    return connection;
  }

  /** Closes the connection that was idle for longest, but `newest`; where all are busy none is. */
  #makeRoom(newest: Connection): void {
    let oldest: Connection | undefined;
    for (const connection of this.#opened) {
      if (connection === newest || connection.isBusy) continue;
      if (oldest === undefined || connection.lastActiveAt < oldest.lastActiveAt) oldest = connection;
    }
    oldest?.close(idleError(oldest.address));
  }

  #createConnection(address: string): Connection {
    return new Connection(address, this.#surroundings, this);
  }

  #open(connection: Connection, isUrgent: boolean): void {
    this.#idleCheck ??= this.#clock.after(IDLE_MS, this.#closeIdle);
    this.#dials.add(connection, isUrgent);
  }

  /** A server that accepts and hangs up is as bad as one that refuses; only an answer proves that it works. */
  #giveRest(connection: Connection, reason: RocketMQError): void {
    const place = this.#places.get(connection.address);
    if (place?.connection !== connection) return;
    if (!Number.isNaN(connection.lastHeardAt)) place.lastHeardAt = connection.lastHeardAt;
    place.problem = isIdleError(reason) ? undefined : reason;
    if (connection.hasAnswered && reason.code !== 'RMQ_PROTOCOL_VIOLATION') {
      place.backoff.reset();
      place.retryAt = 0;
    } else {
      place.retryAt = this.#clock.now() + place.backoff.next();
    }
  }

  readonly #closeIdle = (): void => {
    const now = this.#clock.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { connection } of this.#places.values()) {
      if (connection.state === 'closed') continue;
      const leftMs = connection.isBusy ? IDLE_MS : connection.lastActiveAt + IDLE_MS - now;
      if (leftMs <= 0) connection.close(idleError(connection.address));
      else nextMs = Math.min(nextMs, leftMs);
    }
    this.#idleCheck = Number.isFinite(nextMs) ? this.#clock.after(nextMs, this.#closeIdle) : undefined;
  };
}

const closedError = (): RocketMQError => createError('RMQ_CLOSED', 'the client was shut down');

const idleError = (address: string): RocketMQError =>
  createError('RMQ_CONNECTION_LOST', `the connection to ${address} was closed: it was idle`, {
    detail: { address, idle: true },
  });
const isIdleError = ({ detail }: RocketMQError): boolean => detail['idle'] === true;
