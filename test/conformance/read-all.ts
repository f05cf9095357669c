/** Reads a topic with the library's own reader into the facts that the suites compare. */
import { createHash } from 'node:crypto';
import { type ReadOptions, readTopic } from '../../src/testing/index.js';
import type { StoredMessage } from './target.js';

/** Over the wire, as a consumer would. */
export async function readAll(nameServers: string, topic: string, options: ReadOptions = {}): Promise<StoredMessage[]> {
  const stored: StoredMessage[] = [];
  for await (const { body, bornAt, queue, queueOffset, ...message } of readTopic(nameServers, topic, options)) {
    const { offsetMsgId, msgId, properties, flag, sysFlag } = message;
    stored.push({
      topic: message.topic,
      brokerName: queue.brokerName,
      queueId: queue.queueId,
      queueOffset,
      offsetMsgId,
      msgId,
      properties,
      flag,
      sysFlag,
      bornAt: bornAt.getTime(),
      bodyLength: body.length,
      bodySha256: createHash('sha256').update(body).digest('hex'),
    });
  }
  return stored;
}
