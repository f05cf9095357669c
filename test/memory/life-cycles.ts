/**
 * Six thousand producers, one after the other: each is created, started, sends one message and is shut down. The heap
 * still grows over the first two or three thousand, by what V8 learns of the code; what counts is the second half.
 */
import { createProducer } from 'rx-rocketmq';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { BrokerProcess } from './broker-process.js';
import { Findings, liveMemory, slope } from './findings.js';

const CYCLES = 6000;
const CYCLES_PER_LOOK = 100;
const MOST_BYTES_PER_CYCLE = 100;

const findings = new Findings('life cycles');
const broker = await BrokerProcess.start();
await cycle(); // what is loaded with the first use stays
const before = await holdings();

const heaps: number[] = [];
for (let n = 1; n <= CYCLES; n++) {
  await cycle();
  if (n % CYCLES_PER_LOOK === 0) heaps.push(liveMemory().heap);
}

const after = await holdings();
findings.check('file descriptors more than at the start', after.descriptors - before.descriptors, { atMost: 0 });
findings.check('active resources more than at the start', after.resources - before.resources, { atMost: 0 });
findings.check('listeners more than at the start', after.listeners - before.listeners, { atMost: 0 });
const secondHalf = heaps.slice(heaps.length / 2);
findings.check('heap bytes a cycle, second half', slope(secondHalf) / CYCLES_PER_LOOK, {
  atMost: MOST_BYTES_PER_CYCLE,
});

await broker.stop();
findings.close();

async function cycle(): Promise<void> {
  const producer = createProducer({ nameServers: broker.nameServers, group: 'memory', logger: false });
  await producer.start();
  await producer.send({ topic: 'memory', body: 'reading' });
  await producer.shutdown();
}

/** What this process holds that a producer could have left behind. */
async function holdings(): Promise<{ descriptors: number; resources: number; listeners: number }> {
  await delay(100); // closed sockets leave in the next turns of the event loop
  const listenersOf = (name: string | symbol): number => process.listenerCount(name);
  return {
    descriptors: readdirSync('/dev/fd').length,
    resources: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((sum, name) => sum + listenersOf(name), 0),
  };
}
