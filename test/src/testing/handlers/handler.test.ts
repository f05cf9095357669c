import { createError } from '../../../../src/errors/rocketmq-error.js';
import { getMaxOffset } from '../../../../src/protocol/requests/get-max-offset.js';
import { handler, HandlerTable } from '../../../../src/testing/handlers/handler.js';
import { requestOf, sender } from '../handler-kit.js';

const table = (handle: (topic: string, state: string) => void): HandlerTable<string> =>
  new HandlerTable([
    handler(getMaxOffset, ({ topic }, state: string) => {
      handle(topic, state);
      return getMaxOffset.response({ offset: 5n });
    }),
  ]);

test('the handler of a request gets it decoded, with the state of its server', () => {
  const seen: string[] = [];
  const handlers = table((topic, state) => seen.push(topic, state));
  const answer = handlers.answer(requestOf(30, { topic: 'orders', queueId: '0' }), 'state', sender);
  expect(answer).toEqual({ code: 0, fields: new Map([['offset', '5']]) });
  expect(seen).toEqual(['orders', 'state']);
});

test('a request without a handler is refused in the words of real servers', () => {
  const [known, unknown] = [requestOf(30), requestOf(31)];
  expect(table(() => undefined).answer(unknown, 'state', sender)).toEqual({
    code: 3,
    remark: ' request type 31 not supported',
  });
  expect([known, unknown].map((frame) => table(() => undefined).knows(frame))).toEqual([true, false]);
});

test('a handler may say nothing at all', () => {
  const silent = new HandlerTable<string>([{ code: 30, answer: () => undefined }]);
  expect(silent.answer(requestOf(30), 'state', sender)).toBeUndefined();
});

test('a request that cannot be decoded, or handled for such a reason, is a system error', () => {
  const answer = table(() => undefined).answer(requestOf(30, { topic: 'orders' }), 'state', sender);
  expect(answer).toEqual({ code: 1, remark: expect.stringMatching(/^java.lang.RuntimeException: the field queueId/) });
  const failing = table(() => {
    throw createError('RMQ_PROTOCOL_VIOLATION', 'inside');
  });
  expect(failing.answer(requestOf(30, { topic: 'o', queueId: '0' }), 'state', sender)).toMatchObject({ code: 1 });
});

test('a mistake in a handler is not hidden', () => {
  const failing = table(() => {
    throw new TypeError('mistake');
  });
  expect(() => failing.answer(requestOf(30, { topic: 'o', queueId: '0' }), 'state', sender)).toThrow('mistake');
});
