import { ResponseCode, responseName } from '../../../src/protocol/response-codes.js';

test('an answer has the name of ResponseCode.java, an unknown one its number', () => {
  expect([0, 2, 16, 1500, -1006].map(responseName)).toEqual([
    'SUCCESS',
    'SYSTEM_BUSY',
    'NO_PERMISSION',
    'GO_AWAY',
    'RPC_TIME_OUT',
  ]);
  expect([9999, -1].map(responseName)).toEqual(['9999', '-1']);
});

test('no number stands for two answers', () => {
  const codes = Object.values(ResponseCode);
  expect(new Set(codes).size).toBe(codes.length);
});
