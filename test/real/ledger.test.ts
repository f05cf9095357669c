/** The books must be able to find each kind of fault: every case seeds one into a good history. */
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Message, SendFailure, SendReceipt } from '../../src/index.js';
import { recordOf } from '../conformance/sent-record.js';
import type { StoredMessage } from '../conformance/target.js';
import { Ledger, type Verdict } from './ledger.js';
import { Workload } from './workload.js';

const COUNT = 20;
const workload = new Workload({ runId: 'ledger', topics: ['A', 'B'], seed: 1, minBytes: 16, maxBytes: 256 });
const messages = Array.from({ length: COUNT }, () => workload.next());
const clean = {
  withoutOneOutcome: 0,
  lost: 0,
  altered: 0,
  strangers: 0,
  storedAgainstNo: 0,
  excessCopies: 0,
  severalKeys: 0,
  duplicated: 0,
};

describe('the ledger', () => {
  test('finds nothing in a good history', () => {
    const { ledger, stored } = goodHistory();
    const verdict = ledger.close(stored);
    expect(verdict).toMatchObject({ offered: COUNT, acknowledged: COUNT, refused: 0, unknown: 0, stored: COUNT });
    expect(countsOf(verdict)).toEqual(clean);
  });

  test('finds an acknowledged message that is not stored', () => {
    const { ledger, stored } = goodHistory();
    expect(countsOf(ledger.close(stored.slice(1)))).toEqual({ ...clean, lost: 1 });
  });

  test.each<[string, Partial<StoredMessage>]>([
    ['queue', { queueId: 9 }],
    ['broker', { brokerName: 'elsewhere' }],
    ['offset', { queueOffset: 999n }],
    ['offset id', { offsetMsgId: 'F'.repeat(32) }],
  ])('finds a message that is not where its receipt says: %s', (_, change) => {
    const { ledger, stored } = goodHistory();
    expect(countsOf(ledger.close(withFirst(stored, change)))).toEqual({ ...clean, lost: 1 });
  });

  test.each<[string, Partial<StoredMessage>]>([
    ['body', { bodySha256: '0'.repeat(64) }],
    ['length', { bodyLength: 1 }],
    ['flag', { flag: 77 }],
    ['born long ago', { bornAt: 0 }],
  ])('finds a message that is stored otherwise than sent: %s', (_, change) => {
    const { ledger, stored } = goodHistory();
    expect(countsOf(ledger.close(withFirst(stored, change)))).toEqual({ ...clean, altered: 1 });
  });

  test.each<[string, (properties: Record<string, string>) => void]>([
    ['lost', (properties) => delete properties['number']],
    ['altered', (properties) => (properties['number'] = 'other')],
    ['added', (properties) => (properties['stranger'] = '1')],
    ['tag lost', (properties) => delete properties['TAGS']],
    ['WAIT altered', (properties) => (properties['WAIT'] = 'false')],
  ])('finds a property that is not as it was sent: %s', (_, change) => {
    const { ledger, stored } = goodHistory();
    const properties = { ...stored[0]?.properties };
    change(properties);
    expect(countsOf(ledger.close(withFirst(stored, { properties })))).toEqual({ ...clean, altered: 1 });
  });

  test('finds a message in another topic', () => {
    const { ledger, stored } = goodHistory();
    expect(countsOf(ledger.close(withFirst(stored, { topic: 'B' })))).toEqual({ ...clean, lost: 1, altered: 1 });
  });

  test('finds a message that was never handed in', () => {
    const { ledger, stored } = goodHistory();
    const stranger = { ...storedFor(workload.next(), 99), msgId: 'STRANGER' };
    expect(countsOf(ledger.close([...stored, stranger]))).toEqual({ ...clean, strangers: 1 });
  });

  test('finds a second copy that no attempt accounts for', () => {
    const { ledger, stored } = goodHistory();
    const copies = [...stored, ...stored.slice(0, 1)];
    expect(countsOf(ledger.close(copies))).toEqual({ ...clean, excessCopies: 1, duplicated: 1 });
  });

  test('accepts a second copy after an attempt that may have been stored, and no third', () => {
    const { ledger, stored } = goodHistory();
    const again = stored.slice(0, 1);
    ledger.attemptFailed(again[0]?.msgId ?? '', 'maybe');
    expect(countsOf(ledger.close([...stored, ...again]))).toEqual({ ...clean, duplicated: 1 });
    expect(countsOf(ledger.close([...stored, ...again, ...again]))).toEqual({
      ...clean,
      excessCopies: 1,
      duplicated: 1,
    });
  });

  test('does not accept a second copy after an attempt that was refused', () => {
    const { ledger, stored } = goodHistory();
    ledger.attemptFailed(stored[0]?.msgId ?? '', 'no');
    const copies = [...stored, ...stored.slice(0, 1)];
    expect(countsOf(ledger.close(copies))).toEqual({ ...clean, excessCopies: 1, duplicated: 1 });
  });

  test('finds copies of one message under different unique keys', () => {
    const { ledger, stored } = goodHistory();
    const [first] = stored;
    if (first === undefined) throw new Error('the history is empty');
    ledger.attemptFailed(first.msgId, 'maybe');
    const other = { ...first, msgId: 'OTHER', properties: { ...first.properties, UNIQ_KEY: 'OTHER' } };
    expect(countsOf(ledger.close([...stored, other]))).toEqual({ ...clean, severalKeys: 1, duplicated: 1 });
  });

  test('finds a message that was reported as not stored, but is', () => {
    const { ledger, stored } = goodHistory();
    const message = workload.next();
    ledger.offer(message);
    ledger.settle(failureOf(message, 'no'));
    const verdict = ledger.close([...stored, storedFor(message, 50)]);
    expect(verdict.refused).toBe(1);
    expect(countsOf(verdict)).toEqual({ ...clean, storedAgainstNo: 1, excessCopies: 1 });
  });

  test('accepts a message that was reported as maybe stored, whether it is or not', () => {
    const { ledger, stored } = goodHistory();
    const message = workload.next();
    ledger.offer(message);
    ledger.settle(failureOf(message, 'maybe'));
    expect(countsOf(ledger.close([...stored, storedFor(message, 50)]))).toEqual(clean);
    expect(countsOf(ledger.close(stored))).toEqual(clean);
  });

  test('finds a message without an outcome, and one with two', () => {
    const { ledger, stored } = goodHistory();
    ledger.offer(workload.next());
    const [first] = messages;
    if (first === undefined) throw new Error('the history is empty');
    ledger.settle(receiptOf(first, 0));
    expect(countsOf(ledger.close(stored))).toEqual({ ...clean, withoutOneOutcome: 2 });
  });
});

function goodHistory(): { ledger: Ledger; stored: StoredMessage[] } {
  const ledger = new Ledger();
  messages.forEach((message) => ledger.offer(message));
  messages.forEach((message, index) => ledger.settle(receiptOf(message, index)));
  return { ledger, stored: messages.map(storedFor) };
}

function countsOf(verdict: Verdict): Record<string, number> {
  return Object.fromEntries(
    Object.entries(verdict).flatMap(([name, found]) => (Array.isArray(found) ? [[name, found.length]] : [])),
  );
}

function withFirst(stored: readonly StoredMessage[], change: Partial<StoredMessage>): StoredMessage[] {
  return stored.map((message, index) => (index === 0 ? { ...message, ...change } : message));
}

function storedFor(message: Message, index: number): StoredMessage {
  const { topic, properties, flag, bodyLength, bodySha256, recordedAt } = recordOf(message);
  const msgId = `KEY${index}`;
  return {
    topic,
    brokerName: 'broker-a',
    queueId: index % 4,
    queueOffset: BigInt(index),
    offsetMsgId: `OFFSET${index}`,
    msgId,
    properties: { ...Object.fromEntries(properties), UNIQ_KEY: msgId, WAIT: 'true', CLUSTER: 'DefaultCluster' },
    flag,
    sysFlag: 0,
    bornAt: recordedAt,
    bodyLength,
    bodySha256,
  };
}

function receiptOf(message: Message, index: number): SendReceipt {
  return {
    ok: true,
    status: 'SEND_OK',
    msgId: `KEY${index}`,
    offsetMsgId: `OFFSET${index}`,
    queue: { topic: message.topic, brokerName: 'broker-a', queueId: index % 4 },
    queueOffset: BigInt(index),
    attempts: 1,
    regionId: undefined,
    transactionId: undefined,
    recallHandle: undefined,
    elapsedMs: 1,
    totalMs: 1,
    message,
    context: undefined,
  };
}

function failureOf(message: Message, stored: 'no' | 'maybe'): SendFailure {
  const error = createError('RMQ_CONNECTION_LOST', 'lost', { stored });
  const attempts = [{ brokerName: 'broker-a', address: '127.0.0.1:1', error, elapsedMs: 1 }];
  return { ok: false, stage: 'send', stored, error, attempts, msgId: 'KEY50', message, context: undefined };
}
