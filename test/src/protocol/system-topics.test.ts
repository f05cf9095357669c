import { isSystemTopic } from '../../../src/protocol/system-topics.js';

test.each(['TBW102', 'RMQ_SYS_TRACE_TOPIC', 'rmq_sys_wheel_timer', 'CHECKPOINT_TOPIC'])(
  '%s is of the brokers',
  (topic) => {
    expect(isSystemTopic(topic)).toBe(true);
  },
);

test.each(['orders', 'tbw102', 'RMQ_SYS_', '%RETRY%group', ''])('%j is not', (topic) => {
  expect(isSystemTopic(topic)).toBe(false);
});
