/** What tests of handlers need: a broker that has no sockets, and requests as a server receives them. */
import type { HeaderEncoding } from '../../../src/protocol/command.js';
import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';
import { readFrame, writeFrame } from '../../../src/protocol/frame.js';
import { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import type { BrokerState } from '../../../src/testing/broker-state.js';
import { ClientTable } from '../../../src/testing/client-table.js';
import { DelayedMessages } from '../../../src/testing/delayed-messages.js';
import { HalfMessages } from '../../../src/testing/half-messages.js';
import { MessageStore } from '../../../src/testing/message-store.js';
import type { Sender } from '../../../src/testing/sender.js';
import { type ReleaseName, serverRelease } from '../../../src/testing/server-release.js';
import { PERM, TopicTable } from '../../../src/testing/topic-table.js';

export const sender: Sender = {
  remoteHost: '127.0.0.1',
  remoteAddress: '127.0.0.1:6',
  remotePort: 6,
  clientVersion: 475,
  whenClosed: () => undefined,
  sendRequest: () => undefined,
  ask: () => Promise.resolve(0),
};

/** A broker with the topic `orders`, 4 queues. */
export function brokerOf(release: ReleaseName = '5.5.0'): BrokerState {
  const topics = new TopicTable();
  topics.set({ topic: 'orders', readQueues: 4, writeQueues: 4, perm: PERM.readWrite });
  const store = new MessageStore({ storeHost: () => ({ host: '127.0.0.1', port: 10911 }), storeBodies: true });
  const clients = new ClientTable();
  const options = { brokerName: 'broker-a', release: serverRelease(release), store, clients };
  const halfMessages = new HalfMessages({ ...options, transactions: {}, keepsEnded: true });
  const delayed = new DelayedMessages((message) => store.append(message));
  const rest = {
    clients,
    halfMessages,
    delayed,
    recallsMessages: true,
    lightQueues: undefined,
    maxMessageBytes: 4_194_304,
  };
  return { name: 'broker-a', register: () => undefined, release: serverRelease(release), topics, store, ...rest };
}

/** Stores `count` messages with bodies of `bodyBytes` in queue 0 of `orders`. */
export function fill(broker: BrokerState, count: number, bodyBytes = 10): void {
  const rest = { flag: 0, sysFlag: 0, bornAt: 1, bornPort: 2, reconsumeTimes: 0, properties: '' };
  for (let i = 0; i < count; i++) {
    broker.store.append({ topic: 'orders', queueId: 0, body: Buffer.alloc(bodyBytes, i), ...rest });
  }
}

export function requestOf(
  code: number,
  fields: Readonly<Record<string, string>> = {},
  body?: Uint8Array,
  encoding: HeaderEncoding = 'json',
): ReceivedFrame {
  const out = new FrameBuffer();
  const head = { code, opaque: 1, flag: 0, version: 475, language: 'OTHER', remark: undefined };
  writeFrame(out, { ...head, fields: new Map(Object.entries(fields)), body }, encoding);
  const bytes = Buffer.concat(out.take());
  const frame = new ReceivedFrame();
  readFrame(bytes, 0, bytes.length, frame);
  return frame;
}
