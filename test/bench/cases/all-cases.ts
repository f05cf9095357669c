/** The table of everything that is measured against the sink, by name. */
import { type Case, defaultCase } from './case.js';

type Difference = Pick<Case, 'way'> & Partial<Omit<Case, 'name' | 'title'>>;

const makeCase = (name: string, title: string, difference: Difference): Case => ({
  ...defaultCase,
  ...difference,
  name,
  title,
});

const KIB = 1024;
const KEYS = 10_000;
/** Of cases with one message in flight, which take a round trip each. */
const ONE_BY_ONE = { window: 1, messages: 40_000, warmUp: 20_000 } as const;
/** Of cases with large or compressed bodies. */
const FEWER = { messages: 100_000, warmUp: 50_000 } as const;

const list: readonly Case[] = [
  makeCase('sockets', 'Node sockets alone', { way: 'sockets' }),
  makeCase('stream', '`toRocketMQ`', { way: 'stream' }),
  makeCase('send', '`send()`, 256 at once', { way: 'send' }),
  makeCase('send-each', '`sendEach`', { way: 'send-each' }),
  makeCase('writable', '`writable()`', { way: 'writable' }),
  makeCase('oneway', "`toRocketMQ`, `mode: 'oneway'`", { way: 'stream', pipeline: { mode: 'oneway' } }),
  makeCase('batch', '`toRocketMQ`, `batch: true`', { way: 'stream', pipeline: { batch: true } }),
  makeCase('send-batch', '`sendBatch` of 32', { way: 'send-batch' }),
  makeCase('one-in-flight', '`send()`, one in flight', { way: 'send', ...ONE_BY_ONE }),

  makeCase('unordered', '`toRocketMQ`, 10 000 keys, `ordered: false`', {
    way: 'stream',
    keys: KEYS,
    window: KEYS,
    pipeline: { ordered: false },
  }),
  makeCase('ordered', '`toRocketMQ`, 10 000 keys, `ordered: true`', {
    way: 'stream',
    keys: KEYS,
    window: KEYS,
    pipeline: { ordered: true },
  }),

  makeCase('sockets-binary', 'Node sockets alone, binary answers', { way: 'sockets', answers: 'as-asked' }),
  makeCase('stream-binary', '`toRocketMQ`, binary answers', { way: 'stream', answers: 'as-asked' }),
  makeCase('batch-binary', '`toRocketMQ`, `batch: true`, binary answers', {
    way: 'stream',
    answers: 'as-asked',
    pipeline: { batch: true },
  }),

  makeCase('sockets-1k', 'Node sockets alone, 1 KiB', { way: 'sockets', bodyBytes: KIB, ...FEWER }),
  makeCase('sockets-4k', 'Node sockets alone, 4 KiB', { way: 'sockets', bodyBytes: 4 * KIB, ...FEWER }),
  makeCase('plain-1k', '`toRocketMQ`, 1 KiB', { way: 'stream', bodyBytes: KIB, ...FEWER }),
  makeCase('plain-4k', '`toRocketMQ`, 4 KiB', { way: 'stream', bodyBytes: 4 * KIB, ...FEWER }),
  ...(['zlib', 'lz4', 'zstd'] as const).flatMap((codec) =>
    ([256, KIB, 4 * KIB] as const).map((bodyBytes) =>
      makeCase(`${codec}-${shortSize(bodyBytes)}`, `\`toRocketMQ\`, ${longSize(bodyBytes)}, ${codec}`, {
        way: 'stream',
        codec,
        bodyBytes,
        messages: 40_000,
        warmUp: 20_000,
      }),
    ),
  ),

  makeCase('window-1', '`toRocketMQ`, window 1', { way: 'stream', ...ONE_BY_ONE }),
  makeCase('window-64', '`toRocketMQ`, window 64', { way: 'stream', window: 64 }),
  makeCase('window-1024', '`toRocketMQ`, window 1024', { way: 'stream', window: 1024 }),

  makeCase('topics-1000', '`toRocketMQ`, 1000 topics', { way: 'stream', topics: 1000 }),
  makeCase('brokers-4', '`toRocketMQ`, 4 brokers', { way: 'stream', brokers: 4 }),
  makeCase('brokers-16', '`toRocketMQ`, 16 brokers', { way: 'stream', brokers: 16 }),
];

function shortSize(bytes: number): string {
  return bytes < KIB ? String(bytes) : `${bytes / KIB}k`;
}

function longSize(bytes: number): string {
  return bytes < KIB ? `${bytes} B` : `${bytes / KIB} KiB`;
}

export const allCases: ReadonlyMap<string, Case> = new Map(list.map((one) => [one.name, one]));

/** Returns the case of that name. Throws where there is none. */
export function caseNamed(name: string): Case {
  const found = allCases.get(name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  return found;
}

/** Returns the socket limit that a case is a ratio to: bodies of its size, answers as its own. */
export function limitOf({ bodyBytes, answers }: Case): Case {
  const found = list.find((one) => one.way === 'sockets' && one.bodyBytes === bodyBytes && one.answers === answers);
  if (found === undefined) throw new Error(`no socket limit is measured with ${bodyBytes} B and answers ${answers}`);
  return found;
}
