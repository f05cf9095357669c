import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';

function put(out: FrameBuffer, byte: number, size: number): void {
  out.reserve(size);
  out.bytes.fill(byte, out.offset, out.offset + size);
  out.offset += size;
}

test('hands out what was written, in order, and starts afresh', () => {
  const out = new FrameBuffer();
  put(out, 1, 10);
  put(out, 2, 20);
  expect(out.length).toBe(30);
  expect(Buffer.concat(out.take())).toEqual(Buffer.concat([Buffer.alloc(10, 1), Buffer.alloc(20, 2)]));
  expect(out.length).toBe(0);
  expect(out.take()).toEqual([]);
});

test('one turn of small frames is one piece', () => {
  const out = new FrameBuffer();
  for (let i = 0; i < 100; i++) put(out, i, 300);
  expect(out.take()).toHaveLength(1);
});

test('what was handed out is never written to again', () => {
  const out = new FrameBuffer();
  put(out, 1, 1000);
  const [first] = out.take();
  for (let i = 0; i < 2000; i++) put(out, 2, 1000);
  expect(first).toEqual(Buffer.alloc(1000, 1));
});

test('a frame larger than a chunk gets one of its own', () => {
  const out = new FrameBuffer();
  put(out, 1, 10);
  put(out, 2, 4_000_000);
  put(out, 3, 10);
  const all = Buffer.concat(out.take());
  expect([all.length, all[0], all[10], all[4_000_009], all[4_000_010]]).toEqual([4_000_020, 1, 2, 2, 3]);
});

test('a turn with one small frame does not cost a whole chunk', () => {
  const out = new FrameBuffer();
  const memory = new Set<ArrayBufferLike>();
  for (let turn = 0; turn < 500; turn++) {
    put(out, turn, 300);
    for (const piece of out.take()) memory.add(piece.buffer);
  }
  expect(memory.size).toBe(1);
});

test('a busy connection that gives back goes on with two chunks, one piece a turn', () => {
  const out = new FrameBuffer();
  const memory = new Set<ArrayBufferLike>();
  const pieces: number[] = [];
  for (let turn = 0; turn < 100; turn++) {
    for (let frame = 0; frame < 200; frame++) put(out, turn, 700);
    const taken = out.take();
    for (const piece of taken) memory.add(piece.buffer);
    pieces.push(taken.length);
    out.giveBack();
  }
  expect(memory.size).toBe(2);
  expect(pieces.slice(2)).toEqual(Array.from({ length: 98 }, () => 1));
});

test('what was taken stays as it is until it is given back, whatever is written meanwhile', () => {
  const out = new FrameBuffer();
  for (let turn = 1; turn <= 50; turn++) {
    for (let frame = 0; frame < 500; frame++) put(out, turn, 700);
    const taken = out.take();
    for (let frame = 0; frame < 900; frame++) put(out, 200, 700);
    expect(taken.every((piece) => piece.every((byte) => byte === turn || byte === 200))).toBe(true);
    const own = Buffer.concat(taken).subarray(turn === 1 ? 0 : 900 * 700);
    expect(own.every((byte) => byte === turn)).toBe(true);
    out.giveBack();
  }
});

test('what is taken and never given back is not kept', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const out = new FrameBuffer();
  const before = process.memoryUsage().arrayBuffers;
  for (let turn = 0; turn < 200; turn++) {
    for (let frame = 0; frame < 1000; frame++) put(out, turn, 1000);
    out.take();
  }
  collectGarbage();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
});
