/** Servers in threads of their own: one that goes on answering while the test blocks its own event loop, one that hangs. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const answering = `
  const { parentPort, workerData } = require('node:worker_threads');
  require('node:net').createServer((socket) => {
    socket.setNoDelay(true);
    let rest = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const { opaque } = JSON.parse(rest.toString('utf8', 8, 8 + rest.readUIntBE(5, 3)));
        rest = rest.subarray(4 + rest.readInt32BE(0));
        const header = Buffer.from(JSON.stringify({ code: 0, flag: 1, opaque, version: 0 }));
        const answer = Buffer.alloc(8 + header.length);
        answer.writeInt32BE(answer.length - 4, 0);
        answer.writeInt32BE(header.length, 4);
        header.copy(answer, 8);
        setTimeout(() => socket.write(answer, () => Atomics.add(workerData.answered, 0, 1)), workerData.delayMs);
      }
    });
  }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });
`;

/** Listens and then never comes back to its event loop: the kernel fills the backlog, and no further connect ends. */
const hanging = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

interface WorkerServer {
  readonly address: string;
  close(): Promise<void>;
}

async function start(code: string, workerData?: unknown): Promise<{ worker: Worker; port: number }> {
  const worker = new Worker(code, { eval: true, workerData });
  const [port]: unknown[] = await once(worker, 'message');
  return { worker, port: Number(port) };
}

interface AnsweringServer extends WorkerServer {
  /** How many answers the kernel has; also seen while the event loop of the test is blocked. */
  readonly answered: number;
}

/** Answers each request after `delayMs`, whatever the event loop of the test does. */
export async function startAnsweringWorker(delayMs: number): Promise<AnsweringServer> {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const { worker, port } = await start(answering, { delayMs, answered });
  return {
    address: `127.0.0.1:${port}`,
    get answered() {
      return Atomics.load(answered, 0);
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** To connect to it neither succeeds nor fails. */
export async function startHangingWorker(): Promise<WorkerServer> {
  const { worker, port } = await start(hanging);
  const fillers: Socket[] = [];
  let isFull = false;
  while (!isFull) {
    const filler = connect(port, '127.0.0.1').on('error', () => undefined);
    fillers.push(filler);
    isFull = await Promise.race([
      once(filler, 'connect').then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 300)),
    ]);
  }
  return {
    address: `127.0.0.1:${port}`,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
