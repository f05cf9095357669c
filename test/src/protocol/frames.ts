/** Frames by hand, for tests of this folder. */
import fc from 'fast-check';
import type { Command, HeaderEncoding, OutgoingFrame } from '../../../src/protocol/command.js';
import { readFrame, writeFrame } from '../../../src/protocol/frame.js';
import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';
import { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import type { Answer } from '../../../src/protocol/remote-call.js';

export const ENCODINGS: readonly HeaderEncoding[] = ['json', 'binary'];

export const command = (parts: Partial<Command> = {}): Command => ({
  code: 0,
  opaque: 1,
  flag: 1,
  version: 513,
  language: 'JAVA',
  remark: undefined,
  fields: new Map(),
  body: undefined,
  ...parts,
});

/** All bytes that `write` appended. */
export function written(write: (out: FrameBuffer) => void): Buffer {
  const out = new FrameBuffer();
  write(out);
  return Buffer.concat(out.take());
}

export const bytesOf = (from: Command, encoding: HeaderEncoding): Buffer =>
  written((out) => writeFrame(out, from, encoding));

export const bytesOfRequest = (request: OutgoingFrame, encoding: HeaderEncoding, opaque = 7): Buffer =>
  written((out) => request.writeTo(out, opaque, encoding));

export function read(bytes: Buffer): ReceivedFrame {
  const frame = new ReceivedFrame();
  readFrame(bytes, 0, bytes.length, frame);
  return frame;
}

export const readCommand = (from: Command, encoding: HeaderEncoding = 'json'): ReceivedFrame =>
  read(bytesOf(from, encoding));

/** What a client receives when a server gives this answer. */
export const received = ({ code, fields, body }: Answer, encoding: HeaderEncoding = 'json'): ReceivedFrame =>
  readCommand(command({ code, fields, body }), encoding);

/** A frame around any header bytes. */
export function frameAround(type: number, header: Buffer, body: Buffer = Buffer.alloc(0)): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(4 + header.length + body.length, 0);
  prefix.writeUInt8(type, 4);
  prefix.writeUIntBE(header.length, 5, 3);
  return Buffer.concat([prefix, header, body]);
}

export const jsonFrame = (header: string): Buffer => frameAround(0, Buffer.from(header));

export const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
export const int16 = fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 });
export const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** Any text that UTF-8 can hold. */
export const text = fc.string({ unit: 'grapheme' });
/** Texts that both encodings can hold: an empty one is no value in the binary header. */
export const someText = fc.string({ unit: 'grapheme', minLength: 1 });

/** Expects the error that bytes from a peer may cause, and no other. */
export const expectViolation = (act: () => unknown): void =>
  expect(act).toThrow(expect.objectContaining({ code: 'RMQ_PROTOCOL_VIOLATION' }));
