/** The results as they are recorded: one file in .work, from which tables and charts are made without measuring again. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import type { Cost } from '../meters/cost.js';

/** One run of a case, and what the socket limit cost in the same round. */
export interface CaseRun {
  readonly cost: Cost;
  readonly limitMicros: number;
}

export interface CaseResult {
  /** When it was measured, as an ISO date. */
  readonly measuredAt: string;
  readonly runs: readonly CaseRun[];
}

/** One client beside the others, against one kind of server. */
export interface PeerResult {
  readonly name: string;
  readonly title: string;
  /** The kind of server. */
  readonly against: string;
  /** Whether it is this library. */
  readonly isOurs: boolean;
  readonly runs: readonly PeerCost[];
  /** Why it was not measured; there are no runs then. */
  readonly missing?: string;
}

/** What every client can say of itself. */
export interface PeerCost {
  readonly cpuMicros: number;
  readonly perSecond: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

export interface BenchRecord {
  readonly machine: string;
  readonly node: string;
  readonly cases: Readonly<Record<string, CaseResult>>;
  readonly peers: readonly PeerResult[];
}

/** This machine, as the record names it. */
export const machineName = (): string => `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`;

const emptyRecord = (): BenchRecord => ({ machine: machineName(), node: process.version, cases: {}, peers: [] });

/** Returns what was recorded on this machine with this Node version, or an empty record: figures of others do not mix. */
export function readRecord(path: string): BenchRecord {
  const empty = emptyRecord();
  let recorded: BenchRecord;
  try {
    recorded = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return empty;
  }
  return recorded.machine === empty.machine && recorded.node === empty.node ? recorded : empty;
}

/** Puts newly measured results in the place of older ones of the same name, and leaves the others as they are. */
export function addToRecord(path: string, added: Partial<Pick<BenchRecord, 'cases' | 'peers'>>): BenchRecord {
  const recorded = readRecord(path);
  const isAdded = ({ name, against }: PeerResult): boolean =>
    added.peers?.some((peer) => peer.name === name && peer.against === against) ?? false;
  const record = {
    ...recorded,
    cases: { ...recorded.cases, ...added.cases },
    peers: [...recorded.peers.filter((peer) => !isAdded(peer)), ...(added.peers ?? [])],
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${path}.new`, path);
  return record;
}
