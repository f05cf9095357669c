import { correlationIdOf, type PushedReply, ReplyRequests } from '../../../src/client/reply-requests.js';
import type { Connection } from '../../../src/connection/connection.js';
import { silentLogger } from '../../../src/observe/logger.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { encodeProperties } from '../../../src/protocol/properties.js';
import { pushReplyMessage } from '../../../src/protocol/requests/push-reply-message.js';
import { bytesOfRequest, read } from '../protocol/frames.js';

const connection = { address: 'a:1' } as Connection;

const push = (correlationId: string) =>
  read(
    bytesOfRequest(
      pushReplyMessage.request({
        producerGroup: 'g',
        topic: 't',
        defaultTopic: 'TBW102',
        defaultTopicQueueNums: 4,
        queueId: 0,
        sysFlag: 1,
        bornAt: 1,
        flag: 0,
        properties: encodeProperties([['CORRELATION_ID', correlationId]]),
        bornHost: 'h:1',
        storeHost: 'h:2',
        storedAt: 2,
        body: Buffer.from('body'),
      }),
      'binary',
    ),
  );

function requests() {
  const warnings: unknown[] = [];
  const replies = new ReplyRequests({ ...silentLogger, warn: (told) => void warnings.push(told) });
  const heard: PushedReply[] = [];
  replies.listen('one', (reply) => heard.push(reply));
  return { replies, heard, warnings };
}

test('a reply is for the producer whose request it answers, and is answered with success', () => {
  const { replies, heard } = requests();
  expect(replies.handle(push(correlationIdOf('one', 7)), connection)).toEqual({ code: 0 });
  expect(heard).toMatchObject([{ correlationId: 'one:7', body: Buffer.from('body'), sysFlag: 1 }]);
});

test('one that nobody here asked for is answered with success, too, and leaves a line', () => {
  const { replies, heard, warnings } = requests();
  expect(replies.handle(push('other:7'), connection)).toEqual({ code: 0 });
  const java = read(goldenFrame('5.5.0/request-reply', ({ code }) => code === 326).bytes);
  expect(replies.handle(java, connection)).toEqual({ code: 0 });
  expect([heard, warnings.length]).toEqual([[], 2]);
});

test('a producer that has gone hears nothing more', () => {
  const { replies, heard, warnings } = requests();
  replies.forget('one');
  replies.handle(push('one:1'), connection);
  expect([heard, warnings.length]).toEqual([[], 1]);
});
