import fc from 'fast-check';
import { ByteBudget } from '../../../src/collections/byte-budget.js';
import { FrameReader } from '../../../src/connection/frame-reader.js';
import { RocketMQError } from '../../../src/errors/rocketmq-error.js';
import type { Command } from '../../../src/protocol/command.js';
import { FRAME_LIMITS } from '../../../src/protocol/frame.js';
import { answerTo, frameOf } from './frames.js';

const MIB = 1024 * 1024;

const session: readonly Buffer[] = [
  answerTo(1, { fields: new Map([['msgId', '7F00000100002A9F0000000000000001']]) }),
  frameOf({ code: 39, opaque: 1, body: Buffer.from('the body of a server request') }, 'binary'),
  answerTo(2, { code: 1, remark: 'größer', body: Buffer.alloc(300, 'x') }),
  frameOf({ opaque: 3, flag: 1 }, 'binary'),
];

function readAll(pieces: Iterable<Buffer>): { commands: Command[]; counted: number } {
  const commands: Command[] = [];
  const reader = new FrameReader((frame) => commands.push(frame.toCommand()));
  let counted = 0;
  for (const piece of pieces) counted += reader.push(piece);
  return { commands, counted };
}

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function errorOf(action: () => void): RocketMQError {
  try {
    action();
  } catch (error) {
    if (error instanceof RocketMQError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const expected = readAll([Buffer.concat(session)]);

describe('however the bytes are sliced, the same frames come out', () => {
  test('all in one piece', () => {
    expect(expected.counted).toBe(4);
    expect(expected.commands.map(({ code, opaque }) => [code, opaque])).toEqual([
      [0, 1],
      [39, 1],
      [1, 2],
      [0, 3],
    ]);
    expect(expected.commands[2]?.remark).toBe('größer');
  });

  test('cut in two at every byte boundary', () => {
    const bytes = Buffer.concat(session);
    for (let at = 0; at <= bytes.length; at++) {
      expect(readAll([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
    }
  });

  test.each([1, 2, 3, 5, 7, 8, 9, 100, 101])('in pieces of %i bytes', (size) => {
    expect(readAll(slices(Buffer.concat(session), size))).toEqual(expected);
  });

  test('in pieces of any sizes, each overwritten as soon as it was read', () => {
    const bytes = Buffer.concat(session);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sizes) => {
        function* lent(): Generator<Buffer> {
          const lentBuffer = Buffer.alloc(400);
          for (let at = 0, n = 0; at < bytes.length; n++) {
            const size = Math.min(sizes[n % sizes.length] ?? 1, bytes.length - at);
            bytes.copy(lentBuffer, 0, at, at + size);
            at += size;
            yield lentBuffer.subarray(0, size);
            lentBuffer.fill(0xff);
          }
        }
        expect(readAll(lent())).toEqual(expected);
      }),
    );
  });
});

test('a frame that lies in one piece is read in place', () => {
  const piece = Buffer.concat(session);
  const bodies: Buffer[] = [];
  new FrameReader((frame) => bodies.push(frame.body)).push(piece);
  expect(bodies[1]?.buffer).toBe(piece.buffer);
});

test('a large frame that comes byte by byte is copied a bounded number of times', () => {
  const body = Buffer.alloc(200_000, 'x');
  const bytes = answerTo(1, { body });
  let copied = 0;
  const { copy } = Buffer.prototype;
  Buffer.prototype.copy = function (
    this: Buffer,
    target: Uint8Array,
    targetStart = 0,
    start = 0,
    end = this.length,
  ): number {
    copied += end - start;
    return copy.call(this, target, targetStart, start, end);
  };
  const { commands } = readAll(slices(bytes, 1));
  Buffer.prototype.copy = copy;
  expect(Buffer.compare(commands[0]?.body ?? Buffer.alloc(0), body)).toBe(0);
  // Once each, and once more for each doubling.
  expect(copied).toBeLessThan(3 * bytes.length);
});

test('it says whether a frame has begun and not ended', () => {
  const reader = new FrameReader(() => undefined);
  const [bytes = Buffer.alloc(0)] = session;
  expect(reader.isMidFrame).toBe(false);
  reader.push(bytes.subarray(0, 1));
  expect(reader.isMidFrame).toBe(true);
  reader.push(bytes.subarray(1));
  expect(reader.isMidFrame).toBe(false);
});

test('once stopped it hands out nothing more, not even of the piece that is being read', () => {
  let frames = 0;
  const reader = new FrameReader(() => {
    frames++;
    reader.stop();
  });
  reader.push(Buffer.concat(session));
  reader.push(Buffer.concat(session));
  expect(frames).toBe(1);
});

describe('what cannot be a frame is refused as soon as that can be seen, and before memory is taken', () => {
  const lengths = [0, 3, 4, -1, 2 ** 31 - 1, FRAME_LIMITS.frameBytes - 3];

  test.each(lengths)('a length of %i, at its fourth byte', (length) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    const reader = new FrameReader(() => undefined);
    const allocate = jest.spyOn(Buffer, 'allocUnsafe');
    const error = errorOf(() => reader.push(bytes));
    expect(allocate).not.toHaveBeenCalled();
    allocate.mockRestore();
    expect(error.code).toBe('RMQ_PROTOCOL_VIOLATION');
    expect(error.message).toContain('impossible length');
  });

  test.each(lengths)('a length of %i that comes byte by byte', (length) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    const reader = new FrameReader(() => undefined);
    for (const piece of slices(bytes.subarray(0, 3), 1)) reader.push(piece);
    expect(errorOf(() => reader.push(bytes.subarray(3))).code).toBe('RMQ_PROTOCOL_VIOLATION');
  });

  test.each([
    ['a header longer than its frame', '0000 0010 00 00000d'],
    ['an empty header', '0000 0010 00 000000'],
    ['a header over the limit', '00ff fff0 00 400001'],
    ['an unknown header encoding', '0000 0010 02 000004'],
  ])('%s, at the eighth byte', (_what, hex) => {
    const reader = new FrameReader(() => undefined);
    const error = errorOf(() => reader.push(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
    expect(error.code).toBe('RMQ_PROTOCOL_VIOLATION');
  });

  test('the largest length is allowed, but a peer gets no memory for announcing it', () => {
    const prefix = Buffer.alloc(100);
    prefix.writeInt32BE(FRAME_LIMITS.frameBytes - 4);
    prefix.writeInt32BE(50, 4);
    const reader = new FrameReader(() => undefined);
    const allocate = jest.spyOn(Buffer, 'allocUnsafe');
    reader.push(prefix);
    reader.push(Buffer.alloc(10_000));
    const sizes = allocate.mock.calls.map(([size]) => size);
    allocate.mockRestore();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
  });

  test('the error names a stranger who can be recognised', () => {
    const begins: [Buffer, string][] = [
      [Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 'HTTP'],
      [Buffer.from('15030300020228', 'hex'), 'TLS'],
      [Buffer.from('SSH-2.0-OpenSSH\r\n'), 'SSH'],
      [Buffer.from('00001204000000000000', 'hex'), 'HTTP/2'],
    ];
    for (const [begin, name] of begins) {
      const reader = new FrameReader(() => undefined);
      expect(errorOf(() => reader.push(begin)).message).toContain(name);
    }
  });
});

test('whatever arrives, it reads frames or throws a protocol violation, and never hangs', () => {
  const bytes = Buffer.concat(session);
  const mutation = fc.record({
    kind: fc.constantFrom('flip' as const, 'cut' as const, 'repeat' as const, 'insert' as const),
    at: fc.nat(bytes.length - 1),
    value: fc.nat(255),
  });
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 700 }), (steps, size) => {
      let hostile = bytes;
      for (const { kind, at, value } of steps) {
        const before = hostile.subarray(0, at);
        const after = hostile.subarray(at);
        if (kind === 'flip') hostile = Buffer.concat([before, Buffer.of(value), after.subarray(1)]);
        else if (kind === 'cut') hostile = Buffer.concat([before, after.subarray(value)]);
        else if (kind === 'repeat') hostile = Buffer.concat([before, before, after]);
        else hostile = Buffer.concat([before, Buffer.of(value), after]);
      }
      try {
        readAll(slices(hostile, size));
      } catch (error) {
        expect(error).toBeInstanceOf(RocketMQError);
        expect(error).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION' });
      }
    }),
    { numRuns: 2000 },
  );
});

test('what all readers hold of unfinished frames has a limit, and is given back with each frame and each end', () => {
  const budget = new ByteBudget(MIB);
  const readers = Array.from({ length: 3 }, () => new FrameReader(() => undefined, budget));
  const [first, second, third] = readers;
  const begun = Buffer.alloc(600 * 1024);
  begun.writeInt32BE(MIB, 0);
  begun.writeInt32BE(100, 4);
  first?.push(begun);
  expect(budget.held).toBeGreaterThan(500 * 1024);
  expect(errorOf(() => second?.push(begun))).toMatchObject({ code: 'RMQ_PROTOCOL_VIOLATION', detail: { limit: MIB } });
  second?.stop();
  first?.stop();
  expect(budget.held).toBe(0);
  third?.push(begun);
  third?.stop();
  expect(budget.held).toBe(0);
});
