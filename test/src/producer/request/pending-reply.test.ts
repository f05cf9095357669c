import { setImmediate as turn } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { TestScheduler } from 'rxjs/testing';
import { whenReadable } from '../../../../src/protocol/compression.js';
import { createError } from '../../../../src/errors/rocketmq-error.js';
import type { PushedReply } from '../../../../src/client/reply-requests.js';
import { Receipt, type SendReceipt } from '../../../../src/producer/message/outcome.js';
import { PendingReply } from '../../../../src/producer/request/pending-reply.js';
import { FlowBench, queue, routed } from '../../../operators/operator-kit.js';

const MAX_BODY_BYTES = 1000;

function pendingRequest() {
  const flow = new FlowBench(new TestScheduler(() => {})).createFlow({});
  const envelope = routed(7);
  flow.adopt(envelope);
  flow.tryAdmit(envelope);
  let forgotten = 0;
  let missed = 0;
  const pending = new PendingReply<number>(MAX_BODY_BYTES, {
    forget: () => void forgotten++,
    missed: () => void missed++,
  });
  envelope.sequel = pending;
  const answer = { status: 'SEND_OK', offsetMsgId: 'x', queueId: 0, queueOffset: 0n } as const;
  const receipt: SendReceipt<number> = new Receipt(envelope, queue('broker-a', 0), answer, 0);
  return { flow, envelope, pending, receipt, forgotten: () => forgotten, missed: () => missed };
}

const reply = (text: string, sysFlag = 0): PushedReply => ({
  correlationId: 'c',
  body: Buffer.from(text),
  sysFlag,
  properties: new Map([['a', 'b']]),
});

test('the request keeps its slot until the reply is there', () => {
  const { flow, envelope, pending, receipt, forgotten } = pendingRequest();
  flow.settle(envelope, receipt);
  expect([flow.pressure.inFlight, envelope.outcome, forgotten()]).toEqual([1, undefined, 0]);
  pending.arrived(reply('yes'));
  expect([flow.pressure.inFlight, forgotten()]).toEqual([0, 1]);
  expect(envelope.outcome).toMatchObject({
    ok: true,
    reply: { body: Buffer.from('yes'), properties: { a: 'b' }, context: 7 },
  });
});

test('a reply that comes first is kept, and only the first one counts', () => {
  const { flow, envelope, pending, receipt } = pendingRequest();
  pending.arrived(reply('first'));
  pending.arrived(reply('second'));
  expect(envelope.outcome).toBeUndefined();
  flow.settle(envelope, receipt);
  expect(envelope.outcome).toMatchObject({ reply: { body: Buffer.from('first') } });
});

test('time that is up fails it, and names the request', () => {
  const { flow, envelope, receipt, forgotten } = pendingRequest();
  flow.settle(envelope, receipt);
  flow.expire(envelope.expiresAt);
  expect(envelope.outcome).toMatchObject({
    ok: false,
    stored: 'maybe',
    error: { code: 'RMQ_REPLY_TIMEOUT', detail: { msgId: envelope.msgId } },
  });
  expect(forgotten()).toBe(1);
});

/** One frame, of which the content is `yes`. */
const ZSTD = { body: Buffer.from('28b52ffd2003190000796573', 'hex'), sysFlag: 0x201 };

test('a reply in zstd is read as soon as that can be done, but not after its time', async () => {
  // With Node's own zstd at once, with the package when it is loaded.
  const loading = whenReadable(ZSTD.sysFlag);
  const [inTime, late] = [pendingRequest(), pendingRequest()];
  for (const { flow, envelope, receipt, pending } of [inTime, late]) {
    flow.settle(envelope, receipt);
    pending.arrived({ ...reply(''), ...ZSTD });
  }
  late.flow.expire(late.envelope.expiresAt);
  await loading;
  await turn();
  expect(inTime.envelope.outcome).toMatchObject({ ok: true, reply: { body: Buffer.from('yes') } });
  expect(late.envelope).toHaveProperty('outcome.ok', loading === undefined);
});

test('a reply that cannot be decompressed fails it', () => {
  const { flow, envelope, pending, receipt } = pendingRequest();
  flow.settle(envelope, receipt);
  pending.arrived(reply('no zlib', 0x301));
  expect(envelope.outcome).toMatchObject({ ok: false, error: { code: 'RMQ_PROTOCOL_VIOLATION' } });
});

test('one that was never stored is forgotten too', () => {
  const { flow, envelope, forgotten } = pendingRequest();
  flow.abandon();
  expect(envelope.outcome).toMatchObject({ ok: false });
  expect(forgotten()).toBe(1);
});

describe('a reply larger than a message may be', () => {
  const zeros = (bytes: number): Buffer => deflateSync(Buffer.alloc(bytes));
  const replyOf = (body: Buffer, sysFlag: number): PushedReply => ({ ...reply('', sysFlag), body });

  test.each([
    ['as it was sent', replyOf(Buffer.alloc(MAX_BODY_BYTES + 1), 0)],
    ['inflated', replyOf(zeros(MAX_BODY_BYTES + 1), 0x301)],
  ])('%s fails the request, before and after the answer to the send', (_what, tooLarge) => {
    for (const isEarly of [true, false]) {
      const { flow, envelope, pending, receipt } = pendingRequest();
      if (isEarly) pending.arrived(tooLarge);
      flow.settle(envelope, receipt);
      if (!isEarly) pending.arrived(tooLarge);
      expect(envelope.outcome).toMatchObject({ ok: false, stored: 'maybe', error: { code: 'RMQ_PROTOCOL_VIOLATION' } });
    }
  });

  test('of exactly that size is handed over', () => {
    for (const most of [replyOf(Buffer.alloc(MAX_BODY_BYTES), 0), replyOf(zeros(MAX_BODY_BYTES), 0x301)]) {
      const { flow, envelope, pending, receipt } = pendingRequest();
      flow.settle(envelope, receipt);
      pending.arrived(most);
      expect(envelope.outcome).toMatchObject({ ok: true, reply: { body: Buffer.alloc(MAX_BODY_BYTES) } });
    }
  });
});

test('says that its reply was missed where its time is up, and only there', () => {
  const [late, answered, ended] = [pendingRequest(), pendingRequest(), pendingRequest()];
  for (const { flow, envelope, receipt } of [late, answered]) flow.settle(envelope, receipt);
  late.pending.expired(late.envelope);
  answered.pending.arrived(reply('yes'));
  ended.flow.abort('abort', createError('RMQ_ABORTED', 'aborted'));
  expect([late, answered, ended].map(({ missed, forgotten }) => [missed(), forgotten()])).toEqual([
    [1, 1],
    [0, 1],
    [0, 1],
  ]);
});
