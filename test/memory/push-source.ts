/**
 * A million messages from a Subject, as fast as it goes, into the default buffer: once without a pause, so that nearly
 * all find no room, and once in bursts that leave time to send. Every message has one outcome, and none is kept.
 */
import { createProducer, type Message, type Producer, toRocketMQ } from 'rx-rocketmq';
import { Subject } from 'rxjs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BrokerProcess } from './broker-process.js';
import { Findings, liveMemory } from './findings.js';

const MESSAGES = 1_000_000;
const LOOKS = 10;
/** What 256 messages in flight and 1024 that wait may take, with all that belongs to them. */
const MOST_BYTES = 8 * 1024 * 1024;

const findings = new Findings('push source');
const broker = await BrokerProcess.start();
const producer = createProducer({ nameServers: broker.nameServers, group: 'memory', logger: false });
// What the first messages need once and for all is no growth.
await run(producer, 10_000, 1000);

for (const [name, burst] of Object.entries({ 'in one go': MESSAGES, 'in bursts': 1000 })) {
  const { outcomes, acknowledged, mostBytes } = await run(producer, MESSAGES, burst);
  findings.check(`${name}, messages without exactly one outcome`, outcomes.filter((count) => count !== 1).length, {
    atMost: 0,
  });
  findings.check(`${name}, bytes above the start`, mostBytes, { atMost: MOST_BYTES });
  findings.check(`${name}, acknowledged`, acknowledged, { atLeast: 1000 });
}

await producer.shutdown();
await broker.stop();
findings.close();

interface Result {
  /** How many outcomes each message had. */
  readonly outcomes: Uint8Array;
  readonly acknowledged: number;
  readonly mostBytes: number;
}

async function run(to: Producer, messages: number, burst: number): Promise<Result> {
  const outcomes = new Uint8Array(messages);
  const { heap, buffers } = liveMemory();
  let acknowledged = 0;
  let mostBytes = 0;
  const source = new Subject<Message<number>>();
  const finished = new Promise<void>((resolve, reject) => {
    source.pipe(toRocketMQ(to, { onFailure: 'result' })).subscribe({
      next(outcome) {
        outcomes[outcome.context] = (outcomes[outcome.context] ?? 0) + 1;
        if (outcome.ok) acknowledged++;
      },
      error: reject,
      complete: resolve,
    });
  });
  for (let n = 0; n < messages; n++) {
    source.next({ topic: 'memory', body: 'reading', context: n });
    if ((n + 1) % (messages / LOOKS) === 0) {
      const now = liveMemory();
      mostBytes = Math.max(mostBytes, now.heap - heap + now.buffers - buffers);
    }
    if ((n + 1) % burst === 0) await nextTurn();
  }
  source.complete();
  await finished;
  return { outcomes, acknowledged, mostBytes };
}
