import { CLIENT_VERSION, FLAG_ONEWAY } from '../../../src/protocol/command.js';
import { defineFields, int32, string } from '../../../src/protocol/fields.js';
import { onlySuccess, remoteCall } from '../../../src/protocol/remote-call.js';
import { bytesOfRequest, command, ENCODINGS, expectViolation, read, readCommand, received, written } from './frames.js';

const requestFields = defineFields({ topic: string('topic') });
const responseFields = defineFields({ count: int32('count') });

const countQueues = remoteCall({
  code: 999,
  name: 'COUNT_QUEUES',
  answers: onlySuccess,
  encodeRequest: (request: { readonly topic: string }) => ({
    fields: requestFields.encode(request),
    body: Buffer.from('body'),
  }),
  decodeRequest: (frame) => requestFields.decode(frame),
  encodeResponse: (response: { readonly count: number }) => ({ code: 0, fields: responseFields.encode(response) }),
  decodeResponse: (frame) => responseFields.decode(frame),
});

test('a request says who sends it, and which call it is', () => {
  for (const encoding of ENCODINGS) {
    const frame = read(bytesOfRequest(countQueues.request({ topic: 't' }), encoding, -3));
    expect(frame.toCommand()).toEqual({
      code: 999,
      opaque: -3,
      flag: 0,
      version: CLIENT_VERSION,
      language: 'OTHER',
      remark: undefined,
      fields: new Map([['topic', 't']]),
      body: Buffer.from('body'),
    });
    expect(frame.encoding).toBe(encoding);
    expect(countQueues.decodeRequest(frame)).toEqual({ topic: 't' });
  }
});

test('a oneway request is marked as such', () => {
  const frame = read(bytesOfRequest(countQueues.oneway({ topic: 't' }), 'binary'));
  expect(frame.flag).toBe(FLAG_ONEWAY);
});

test('what every request of a client carries stands beside its own fields', () => {
  for (const encoding of ENCODINGS) {
    const request = countQueues.request({ topic: 't' });
    const bytes = written((out) => request.writeTo(out, 1, encoding, new Map([['ns', 'n']])));
    expect(Object.fromEntries(read(bytes).toCommand().fields)).toEqual({ topic: 't', ns: 'n' });
  }
});

test('one request can be written more than once: to another broker, in another encoding', () => {
  const request = countQueues.request({ topic: 't' });
  const frames = ENCODINGS.map((encoding, i) => read(bytesOfRequest(request, encoding, i)));
  expect(frames.map(({ opaque }) => opaque)).toEqual([0, 1]);
});

test('a positive answer is decoded', () => {
  const answer = countQueues.response({ count: 4 });
  for (const encoding of ENCODINGS)
    expect(countQueues.decodeResponse(received(answer, encoding))).toEqual({ count: 4 });
});

test('a positive answer without its fields is a violation', () => {
  expectViolation(() => countQueues.decodeResponse(readCommand(command())));
});

test('any other answer is thrown as the error that it means, naming the request', () => {
  const refusal = readCommand(command({ code: 17, remark: 'no such\ntopic', fields: new Map([['count', '4']]) }));
  expect(() => countQueues.decodeResponse(refusal)).toThrow(
    expect.objectContaining({
      code: 'RMQ_TOPIC_MISSING',
      stored: 'no',
      message: String.raw`COUNT_QUEUES was answered TOPIC_NOT_EXIST (17): no such\u000atopic`,
      detail: { request: 'COUNT_QUEUES', responseCode: 17, remark: String.raw`no such\u000atopic` },
    }),
  );
});
