/** Transports that do nothing by themselves: the test plays the server and the kernel. */
import type { Dial, Transport, TransportReceiver } from '../../../src/connection/dial.js';

export class FakeTransport implements Transport {
  readonly address: string;
  readonly server: TransportReceiver;
  readonly written: Buffer[] = [];
  writes = 0;
  isRefd = true;
  isDestroyed = false;

  constructor(address: string, receiver: TransportReceiver) {
    this.address = address;
    this.server = receiver;
  }

  write(chunks: readonly Uint8Array[]): void {
    this.writes++;
    this.written.push(...chunks.map((chunk) => Buffer.from(chunk)));
  }

  ref(): void {
    this.isRefd = true;
  }

  unref(): void {
    this.isRefd = false;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

export class FakeNetwork {
  readonly transports: FakeTransport[] = [];

  readonly dial: Dial = (address, receiver) => {
    const transport = new FakeTransport(address, receiver);
    this.transports.push(transport);
    return transport;
  };

  /** The transport that was dialed last. */
  get last(): FakeTransport {
    const transport = this.transports.at(-1);
    if (transport === undefined) throw new Error('nothing was dialed');
    return transport;
  }
}

/** Lets everything that was put off to the end of this turn of the event loop happen. */
export const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
