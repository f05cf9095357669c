/** One thing that is measured: a way of sending, and what is sent. It is data, so that a process can be told it. */
import type { AnswerEncoding } from '../sink/sink-options.js';

export const wayNames = ['sockets', 'stream', 'send', 'send-each', 'writable', 'send-batch'] as const;
export type WayName = (typeof wayNames)[number];

export interface Case {
  /** As in commands and in the recorded results. */
  readonly name: string;
  /** As in tables. */
  readonly title: string;
  readonly way: WayName;
  /** Messages that are measured. */
  readonly messages: number;
  /** Messages sent before, so that compiling the hot path is not measured. */
  readonly warmUp: number;
  readonly bodyBytes: number;
  /** Messages in flight. */
  readonly window: number;
  readonly topics: number;
  readonly brokers: number;
  readonly answers: AnswerEncoding;
  /** Compresses every body with it; without it no body is compressed. */
  readonly codec?: 'zlib' | 'lz4' | 'zstd';
  /** Sharding keys that the messages have in turn; without it they have none. */
  readonly keys?: number;
  /** Of the pipeline, for the way `stream`. */
  readonly pipeline?: { readonly batch?: boolean; readonly ordered?: boolean; readonly mode?: 'oneway' };
  /** Operators in front of the pipeline, each of which copies the message: what a regression would cost. */
  readonly detours?: number;
}

export const defaultCase = {
  messages: 400_000,
  warmUp: 100_000,
  bodyBytes: 256,
  window: 256,
  topics: 1,
  brokers: 1,
  answers: 'json',
} as const;
