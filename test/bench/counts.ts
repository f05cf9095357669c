/**
 * What a message enters and allocates: measured like its cost, each in a process of its own, but judged without a clock, so
 * that it says the same on a slow machine as on a fast one.
 */
import type { Case } from './cases/case.js';
import { measureCalls, measureCost } from './cases/measure-case.js';
import type { CountLimit } from './limits.js';
import type { Programs } from './programs.js';

export interface Counts {
  readonly entries: number;
  readonly files: number;
  readonly allocatedBytes: number;
}

/** Enough that what happens once, or once a turn of the event loop, is a small part. */
const COUNTED = { warmUp: 1000, messages: 8000 } as const;
/** What compiled code allocates: the warm-up is as long as the compiler needs. */
const ALLOCATING = { warmUp: 50_000, messages: 20_000 } as const;

export async function measureCounts(programs: Programs, measured: Case): Promise<Counts> {
  const sink = await programs.startSink({ brokers: measured.brokers, answers: measured.answers });
  try {
    const { entries, files } = await measureCalls(programs, { ...measured, ...COUNTED }, sink.nameServers);
    const { allocatedBytes } = await measureCost(programs, { ...measured, ...ALLOCATING }, sink.nameServers);
    return { entries, files, allocatedBytes };
  } finally {
    sink.stop();
  }
}

/** The limits are those of Node 20. What an object takes is the engine's: other versions of it took up to 8 % more. */
const ALLOCATION_SLACK = process.version.startsWith('v20.') ? 1 : 1.2;

/** Returns what is over its limit, as sentences. */
export function overLimit(counts: Counts, { of, entries, files, allocatedBytes }: CountLimit): readonly string[] {
  const limit = { of, entries, files, allocatedBytes: allocatedBytes * ALLOCATION_SLACK };
  const figures = ['entries', 'files', 'allocatedBytes'] as const;
  return figures
    .filter((figure) => !(counts[figure] <= limit[figure]))
    .map((figure) => `${limit.of}: ${figure} a message ${counts[figure].toFixed(1)}, at most ${limit[figure]} allowed`);
}
