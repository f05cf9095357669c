import { FrameBuffer } from '../../../src/protocol/frame-buffer.js';
import { readFrame, writeFrame } from '../../../src/protocol/frame.js';
import { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { requestCodeOf, type RequestName } from '../../../src/testing/protocol-names.js';
import type { Reply } from '../../../src/testing/replies.js';
import { Script } from '../../../src/testing/script.js';

function frameOf(code: RequestName, fields: Readonly<Record<string, string>> = {}): ReceivedFrame {
  const out = new FrameBuffer();
  const head = { code: requestCodeOf(code), opaque: 1, flag: 0, version: 1, language: 'OTHER', remark: undefined };
  writeFrame(out, { ...head, fields: new Map(Object.entries(fields)), body: undefined }, 'json');
  const bytes = Buffer.concat(out.take());
  const frame = new ReceivedFrame();
  readFrame(bytes, 0, bytes.length, frame);
  return frame;
}

const reply: Reply = () => undefined;
const other: Reply = () => undefined;
const send = (topic = 'orders'): ReceivedFrame => frameOf('SEND_MESSAGE_V2', { b: topic });

/** To which of `count` equal requests a script replies. */
const taken = (script: Script, count: number, frame = send()): boolean[] =>
  Array.from({ length: count }, () => script.replyFor(frame) !== undefined);

test('without rules nothing happens', () => {
  expect(new Script().replyFor(send())).toBeUndefined();
});

test('a rule without conditions is for every request', () => {
  const script = new Script();
  script.add({ reply });
  expect(script.replyFor(send())).toBe(reply);
  expect(script.replyFor(frameOf('HEART_BEAT'))).toBe(reply);
});

test('a rule can be for one kind of request, or several, by name or number', () => {
  const script = new Script();
  script.add({ when: { code: 'HEART_BEAT' }, reply });
  script.add({ when: { code: ['PULL_MESSAGE', 310] }, reply: other });
  expect(script.replyFor(frameOf('HEART_BEAT'))).toBe(reply);
  expect(script.replyFor(frameOf('PULL_MESSAGE'))).toBe(other);
  expect(script.replyFor(send())).toBe(other);
  expect(script.replyFor(frameOf('GET_MAX_OFFSET'))).toBeUndefined();
});

test('a rule can be for one topic, whatever the request calls it', () => {
  const script = new Script();
  script.add({ when: { topic: 'orders' }, reply });
  expect(script.replyFor(send('orders'))).toBe(reply);
  expect(script.replyFor(frameOf('GET_MAX_OFFSET', { topic: 'orders' }))).toBe(reply);
  expect(script.replyFor(send('bills'))).toBeUndefined();
  expect(script.replyFor(frameOf('HEART_BEAT'))).toBeUndefined();
});

test('a rule can look at the whole request', () => {
  const script = new Script();
  script.add({ when: { matches: (request) => request.fields.get('e') === '3' }, reply });
  expect(script.replyFor(frameOf('SEND_MESSAGE_V2', { e: '3' }))).toBe(reply);
  expect(script.replyFor(frameOf('SEND_MESSAGE_V2', { e: '4' }))).toBeUndefined();
});

test('a rule can begin late and end', () => {
  const script = new Script();
  const rule = script.add({ when: { after: 2, times: 3 }, reply });
  expect(taken(script, 7)).toEqual([false, false, true, true, true, false, false]);
  expect(rule.applied).toBe(3);
});

test('only requests that fit count', () => {
  const script = new Script();
  const rule = script.add({ when: { code: 'SEND_MESSAGE_V2', after: 1, times: 1 }, reply });
  expect(taken(script, 3, frameOf('HEART_BEAT'))).toEqual([false, false, false]);
  expect(taken(script, 3)).toEqual([false, true, false]);
  expect(rule.applied).toBe(1);
});

test('chance is repeatable by its seed', () => {
  const draws = (seed: number): boolean[] => {
    const script = new Script();
    script.add({ when: { probability: 0.25, seed }, reply });
    return taken(script, 1000);
  };
  const hits = draws(1).filter((hit) => hit).length;
  expect(hits).toBeGreaterThan(200);
  expect(hits).toBeLessThan(300);
  expect(draws(1)).toEqual(draws(1));
  expect(draws(1)).not.toEqual(draws(2));
});

test('the oldest rule that is for a request decides; a spent one makes room', () => {
  const script = new Script();
  script.add({ when: { times: 1 }, reply });
  script.add({ reply: other });
  expect(script.replyFor(send())).toBe(reply);
  expect(script.replyFor(send())).toBe(other);
});

test('a rule can be taken back', () => {
  const script = new Script();
  const rule = script.add({ reply });
  script.replyFor(send());
  rule.stop();
  expect(script.replyFor(send())).toBeUndefined();
  expect(rule.applied).toBe(1);
});
