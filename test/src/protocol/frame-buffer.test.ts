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
