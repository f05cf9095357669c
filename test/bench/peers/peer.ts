/** One client in the comparison. How it is made ready is its own; what it is asked to do is the same for all. */
import type { Bench } from '../bench.js';
import type { PeerCost } from '../results/record.js';

/** What is sent, and where to. */
export interface PeerOrder {
  /** The name server, or the endpoint of a proxy's gRPC port. */
  readonly address: string;
  readonly messages: number;
  readonly warmUp: number;
}

/** Measures one run of a client. */
export type MeasurePeer = (order: PeerOrder) => Promise<PeerCost>;

export interface Peer {
  readonly name: string;
  readonly title: string;
  /** Whether it is this library. */
  readonly isOurs: boolean;
  /** Slow clients send fewer messages. */
  readonly messages: number;
  /** Makes it ready: installs or compiles it. Rejects where it cannot be had on this machine, with the reason. */
  prepare(bench: Bench): Promise<MeasurePeer>;
}

export const TOPIC = 'bench';
export const BODY_BYTES = 256;
export const WINDOW = 256;

/** The arguments of programs of other clients, in this order. */
export const argumentsOf = ({ address, messages, warmUp }: PeerOrder): readonly string[] => [
  address,
  TOPIC,
  ...[messages, warmUp, BODY_BYTES, WINDOW].map(String),
];
