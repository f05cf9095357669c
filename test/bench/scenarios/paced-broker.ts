/**
 * A broker of a stated capacity, in a process of its own: an embedded one that answers one message after the other, each
 * `1 / capacity` ms after the one before, and all `baseMs` later. Told by messages what it is from then on.
 */
import { startEmbeddedCluster, type Turn } from 'rx-rocketmq/testing';

/** What a broker can do. */
export interface Pace {
  /** Messages a millisecond. */
  readonly capacity: number;
  /** Ms that every message takes besides. */
  readonly baseMs: number;
}

let pace: Pace = { capacity: 10, baseMs: 5 };
let freeAt = 0;
const waiting: { readonly at: number; readonly answer: () => void }[] = [];
let first = 0;

const cluster = await startEmbeddedCluster();
cluster.createTopic('bench', { queues: 8 });
cluster.brokers[0]?.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: answerInTurn });

function answerInTurn(turn: Turn): void {
  const answer = turn.handle();
  freeAt = Math.max(performance.now(), freeAt) + 1 / pace.capacity;
  waiting.push({ at: freeAt + pace.baseMs, answer: () => turn.answer(answer) });
  if (waiting.length - first === 1) setTimeout(answerDue, 1);
}

function answerDue(): void {
  const now = performance.now();
  for (let next = waiting[first]; next !== undefined && next.at <= now; next = waiting[first]) {
    next.answer();
    first++;
  }
  if (first === waiting.length) {
    waiting.length = 0;
    first = 0;
  } else {
    setTimeout(answerDue, 1);
  }
}

process.on('message', (told: Pace) => {
  pace = told;
});
process.on('disconnect', () => process.exit());
process.send?.(cluster.nameServers);
