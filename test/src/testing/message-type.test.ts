import { messageTypeOf } from '../../../src/testing/message-type.js';

test.each([
  [{}, 'NORMAL'],
  [{ TAGS: 'a' }, 'NORMAL'],
  [{ TRAN_MSG: 'true', DELAY: '1' }, 'TRANSACTION'],
  [{ TRAN_MSG: 'false' }, 'NORMAL'],
  [{ DELAY: '3' }, 'DELAY'],
  [{ TIMER_DELIVER_MS: '3' }, 'DELAY'],
  [{ TIMER_DELAY_SEC: '3', __SHARDINGKEY: 'k' }, 'DELAY'],
  [{ __SHARDINGKEY: 'k' }, 'FIFO'],
  [{ _SYS_MSG_PRIORITY_: '1' }, 'PRIORITY'],
  [{ __LITE_TOPIC: 'l' }, 'LITE'],
])('properties %j make a message %s', (properties, type) => {
  expect(messageTypeOf(new Map(Object.entries(properties)))).toBe(type);
});
