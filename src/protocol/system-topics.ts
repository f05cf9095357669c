/**
 * The topics that belong to the brokers themselves. What is different about them is for those to say who ask.
 * Source: TopicValidator.java, TopicConfigManager.java (5.5.0, 4.9.7).
 */

/** Every broker has it from the start, whatever it lets its clients create: its route tells all brokers there are. */
export const SELF_TEST_TOPIC = 'SELF_TEST_TOPIC';

const SYSTEM_TOPICS: ReadonlySet<string> = new Set([
  'TBW102',
  'SCHEDULE_TOPIC_XXXX',
  'BenchmarkTest',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  'RMQ_SYS_TRACE_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  SELF_TEST_TOPIC,
  'OFFSET_MOVED_EVENT',
  'CHECKPOINT_TOPIC',
]);

/** Whether every broker has a topic of this name for itself. */
export const isSystemTopic = (topic: string): boolean => SYSTEM_TOPICS.has(topic) || topic.startsWith('rmq_sys_');
