/** A send for the tests of all calls that carry one, and the wire names of what has to be there. */
import type { SendMessageRequest } from '../../../../src/protocol/requests/send-message.js';

/** Only what every send has. */
export const plainSend: SendMessageRequest = {
  producerGroup: 'g',
  topic: 't',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 1,
  sysFlag: 0,
  bornAt: 1_700_000_000_000,
  flag: 0,
  body: Buffer.from('hi'),
};

export const requiredOfSend = {
  requiredOfRequest: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
  requiredOfResponse: ['msgId', 'queueId', 'queueOffset'],
};
