/** A stored message for the tests of all who read one. */
import type { StoredMessage } from '../../../src/protocol/stored-message.js';

export const storedSample: StoredMessage = {
  topic: 't',
  queueId: 1,
  queueOffset: 3n,
  commitLogOffset: 4n,
  flag: 2,
  sysFlag: 0,
  bornAt: 5,
  bornHost: { host: '127.0.0.1', port: 6 },
  storedAt: 7,
  storeHost: { host: '127.0.0.1', port: 10_911 },
  reconsumeTimes: 8,
  preparedTransactionOffset: 9n,
  body: Buffer.from('hi'),
  properties: 'TAGS\u0001x\u0002',
};
