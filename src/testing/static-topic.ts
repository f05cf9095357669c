/**
 * Creates static topics (5.x), and moves their queues: a move begins a new stretch in a queue of its own at the new
 * broker, and leaves what was stored where it is. What brokers make of that is `logical-queue.ts`'s.
 * Sources: TopicQueueMappingUtils.java (5.5.0), and the routes of a real 5.5.0.
 */
import { type Stretches, endOf, lastOf } from './logical-queue.js';
import type { MessageStore } from './message-store.js';
import { PERM, type TopicTable } from './topic-table.js';

/** A broker, as far as static topics ask. */
interface Host {
  readonly name: string;
  readonly topics: TopicTable;
  readonly store: MessageStore;
}

/** `DEFAULT_BLOCK_SEQ_SIZE`: logical offsets leap to a multiple of it. */
const BLOCK = 10_000;
const SCOPE = '__global__';

/** Places the logical queues of `topic`: `at` names the broker of each, which is one of `hosts`. */
export function placeLogicalQueues(topic: string, at: readonly string[], hosts: readonly Host[]): void {
  const configs = hosts.map(({ topics }) => topics.get(topic));
  const before = new Map(configs.flatMap((config) => [...(config?.logicalQueues ?? [])]));
  const epoch = Math.max(0, ...configs.map((config) => config?.mapping?.epoch ?? 0)) + 1;
  for (const [index, host] of hosts.entries()) {
    const config = configs[index];
    // Ids of queues that lie elsewhere now are not used again.
    let queues = config?.mapping === undefined ? 0 : config.readQueues;
    const logicalQueues = new Map<number, Stretches>();
    for (const [id, brokerName] of at.entries()) {
      if (brokerName !== host.name) continue;
      const stretches = before.get(id);
      const isThere = stretches !== undefined && lastOf(stretches).brokerName === brokerName;
      logicalQueues.set(id, isThere ? stretches : moved(stretches, topic, host, queues++));
    }
    const currIdMap = new Map(Array.from(logicalQueues, ([id, stretches]) => [id, lastOf(stretches).queueId]));
    const mapping = { topic, brokerName: host.name, scope: SCOPE, totalQueues: at.length, epoch, currIdMap };
    const counts = { readQueues: queues, writeQueues: queues };
    host.topics.set({ topic, ...counts, perm: PERM.readWrite, mapping, logicalQueues });
  }
}

function moved(before: Stretches | undefined, topic: string, { name, store }: Host, queueId: number): Stretches {
  const place = { brokerName: name, store, queueId };
  if (before === undefined) return [{ ...place, begins: 0 }];
  return [...before, { ...place, begins: blockBehind(endOf(lastOf(before), topic)) }];
}

/** At least half a block stays free, for what the old broker may still store (`blockSeqRoundUp`). */
function blockBehind(offset: number): number {
  const blocks = Math.floor(offset / BLOCK) + (offset % BLOCK < BLOCK / 2 ? 1 : 2);
  return blocks * BLOCK;
}
