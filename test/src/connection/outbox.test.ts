import { Outbox } from '../../../src/connection/outbox.js';
import { outgoing, framesIn, Waiting } from './frames.js';
import { endOfTurn } from './fake-network.js';

function setUp() {
  const writes: Buffer[] = [];
  const outbox = new Outbox<Waiting>((chunks) => writes.push(Buffer.concat(chunks)));
  const add = (opaque: number, options: { bodyBytes?: number; handOver?: Waiting } = {}): void => {
    outgoing(310, options.bodyBytes).writeTo(outbox.buffer, opaque, 'json');
    outbox.added(opaque, options.handOver);
  };
  const written = (): number[][] => writes.map((bytes) => framesIn(bytes).map(({ opaque }) => opaque));
  return { outbox, add, written };
}

test('all frames of one turn of the event loop leave in one write, in order', async () => {
  const { outbox, add, written } = setUp();
  outbox.open();
  for (const opaque of [1, 2, 3]) add(opaque);
  expect(written()).toEqual([]);
  await endOfTurn();
  expect(written()).toEqual([[1, 2, 3]]);
});

test('frames that do not fit into one chunk leave in the same write all the same', async () => {
  const { outbox, add, written } = setUp();
  outbox.open();
  for (const opaque of [1, 2, 3]) add(opaque, { bodyBytes: 200_000 });
  await endOfTurn();
  expect(written()).toEqual([[1, 2, 3]]);
});

test('while the kernel has not taken a write, frames wait here and then leave together', async () => {
  const { outbox, add, written } = setUp();
  outbox.open();
  add(1);
  await endOfTurn();
  add(2);
  await endOfTurn();
  add(3);
  await endOfTurn();
  expect(written()).toEqual([[1]]);
  outbox.taken();
  await endOfTurn();
  expect(written()).toEqual([[1], [2, 3]]);
});

test('what was written stays as it is until the kernel has taken it, whatever is added meanwhile', async () => {
  const chunksInWrite: Uint8Array[] = [];
  const outbox = new Outbox<Waiting>((chunks) => chunksInWrite.push(...chunks));
  outbox.open();
  outgoing(1, 1000).writeTo(outbox.buffer, 1, 'json');
  outbox.added(1);
  await endOfTurn();
  const snapshot = Buffer.concat(chunksInWrite);
  for (let opaque = 2; opaque < 2000; opaque++) {
    outgoing(2, 1000).writeTo(outbox.buffer, opaque, 'json');
    outbox.added(opaque);
  }
  await endOfTurn();
  expect(Buffer.concat(chunksInWrite)).toEqual(snapshot);
});

test('until the connection is open everything is held, then it leaves in order', async () => {
  const { outbox, add, written } = setUp();
  for (const opaque of [1, 2]) add(opaque);
  await endOfTurn();
  expect(written()).toEqual([]);
  outbox.open();
  expect(written()).toEqual([[1, 2]]);
});

test('a held frame can be taken back and never leaves', async () => {
  const { outbox, add, written } = setUp();
  for (const opaque of [1, 2, 3]) add(opaque);
  expect(outbox.withdraw(2)).toBe(true);
  expect(outbox.withdraw(2)).toBe(false);
  outbox.open();
  expect(outbox.withdraw(3)).toBe(false);
  expect(written()).toEqual([[1, 3]]);
});

test('it counts what the kernel has not taken: held, waiting and in the write', async () => {
  const { outbox, add } = setUp();
  add(1);
  const frameBytes = outbox.unsentBytes;
  expect(frameBytes).toBeGreaterThan(0);
  add(2);
  expect(outbox.unsentBytes).toBe(2 * frameBytes);
  outbox.withdraw(2);
  expect(outbox.unsentBytes).toBe(frameBytes);
  outbox.open();
  expect(outbox.unsentBytes).toBe(frameBytes);
  add(3);
  expect(outbox.unsentBytes).toBe(2 * frameBytes);
  outbox.taken();
  await endOfTurn();
  outbox.taken();
  expect(outbox.unsentBytes).toBe(0);
});

test('it knows which frames cannot have left, also across the wrap of the numbers', async () => {
  const LAST = 2 ** 31 - 1;
  const { outbox, add } = setUp();
  add(LAST - 1);
  expect(outbox.isWithheld(LAST - 1)).toBe(true);
  outbox.open();
  add(LAST);
  add(0);
  await endOfTurn();
  expect([LAST - 1, LAST, 0].map((opaque) => outbox.isWithheld(opaque))).toEqual([false, true, true]);
  outbox.taken();
  await endOfTurn();
  expect([LAST, 0].map((opaque) => outbox.isWithheld(opaque))).toEqual([false, false]);
});

test('who wants to know is told when the kernel has the bytes, not before', async () => {
  const { outbox, add } = setUp();
  const [first, second] = [new Waiting(), new Waiting()];
  outbox.open();
  add(1, { handOver: first });
  await endOfTurn();
  add(2, { handOver: second });
  await endOfTurn();
  expect([first.fate, second.fate]).toEqual(['waiting', 'waiting']);
  outbox.taken();
  await endOfTurn();
  expect([first.fate, second.fate]).toEqual(['handed over', 'waiting']);
  outbox.taken();
  expect([first.fate, second.fate]).toEqual(['handed over', 'handed over']);
});

test('closed, it writes nothing more and tells whose frames had not left, and whose perhaps had', async () => {
  const { outbox, add, written } = setUp();
  const [inWrite, withheld] = [new Waiting(), new Waiting()];
  outbox.open();
  add(1, { handOver: inWrite });
  await endOfTurn();
  add(2, { handOver: withheld });
  expect(outbox.close()).toEqual({ inWrite: [inWrite], withheld: [withheld] });
  await endOfTurn();
  expect(written()).toEqual([[1]]);
});
