/**
 * What Node's sockets alone cost: one frame, encoded beforehand, copied with a new opaque; one write per turn; answers
 * counted by their length. Nothing that sends over a socket can cost less. Prints its CPU time per message.
 */
import { connect } from 'node:net';
import { CpuMeter, MESSAGES, WARM_UP, WINDOW, BODY_BYTES } from './workload.js';

const CHUNK = 1 << 20;
const port = Number(process.argv[2]);
const fields = {
  a: 'bench',
  b: 'bench',
  c: 'TBW102',
  d: '4',
  e: '0',
  f: '0',
  g: String(Date.now()),
  h: '0',
  i: 'UNIQ_KEY\u00017F00000100002A9F0000000000000000\u0002WAIT\u0001true\u0002TAGS\u0001tag\u0002KEYS\u0001key\u0002city\u0001Basel\u0002',
  j: '0',
  k: 'false',
  m: 'false',
  n: 'sink',
};

function encodedFrame(): Buffer {
  const ext = Object.entries(fields).map(([name, value]) => {
    const entry = Buffer.alloc(6 + name.length + value.length);
    entry.writeUInt16BE(name.length, 0);
    entry.write(name, 2, 'latin1');
    entry.writeUInt32BE(value.length, 2 + name.length);
    entry.write(value, 6 + name.length, 'latin1');
    return entry;
  });
  const extBytes = Buffer.concat(ext);
  const head = Buffer.alloc(29);
  head.writeUInt32BE(4 + 21 + extBytes.length + BODY_BYTES, 0);
  head.writeUInt32BE((21 + extBytes.length) | (1 << 24), 4);
  head.writeUInt16BE(310, 8);
  head.writeUInt32BE(extBytes.length, 25);
  return Buffer.concat([head, extBytes, Buffer.alloc(BODY_BYTES, 'x')]);
}

const frame = encodedFrame();
const socket = connect(port, '127.0.0.1');
const meter = new CpuMeter();
let out = Buffer.allocUnsafe(CHUNK);
let length = 0;
let isScheduled = false;
let sent = 0;
let answered = 0;
let rest: Buffer | undefined;

function flush(): void {
  isScheduled = false;
  socket.write(out.subarray(0, length));
  out = Buffer.allocUnsafe(CHUNK);
  length = 0;
}

function send(): void {
  if (length + frame.length > CHUNK) flush();
  frame.copy(out, length);
  out.writeUInt32BE(++sent, length + 13);
  length += frame.length;
  if (!isScheduled) {
    isScheduled = true;
    process.nextTick(flush);
  }
}

socket.setNoDelay(true);
socket.on('connect', () => {
  for (let n = 0; n < WINDOW; n++) send();
});
socket.on('data', (data: Buffer) => {
  const input = rest === undefined ? data : Buffer.concat([rest, data]);
  let at = 0;
  while (input.length - at >= 4) {
    const end = at + 4 + input.readUInt32BE(at);
    if (end > input.length) break;
    answered++;
    if (answered === WARM_UP) meter.start();
    if (sent < WARM_UP + MESSAGES) send();
    at = end;
  }
  rest = at < input.length ? input.subarray(at) : undefined;
  if (answered === WARM_UP + MESSAGES) {
    meter.report();
    socket.destroy();
  }
});
