import type { Answer } from '../../../src/testing/answer.js';
import {
  amendAnswer,
  answerBytes,
  busy,
  delay,
  disconnect,
  drop,
  dropAnswer,
  duplicateAnswer,
  refuse,
  type Reply,
  type Turn,
} from '../../../src/testing/replies.js';

const ordinary: Answer = {
  code: 0,
  fields: new Map([
    ['queueOffset', '7'],
    ['msgId', 'id'],
  ]),
  remark: 'as ever',
};

/** What a reply does, in order. */
function play(reply: Reply, handled: Answer | 'silence' = ordinary): unknown[] {
  const steps: unknown[] = [];
  const later: (() => void)[] = [];
  const turn: Turn = {
    request: {
      code: 310,
      opaque: 5,
      flag: 0,
      version: 1,
      language: 'OTHER',
      remark: undefined,
      fields: new Map(),
      body: undefined,
    },
    handle: () => {
      steps.push('stored');
      return handled === 'silence' ? undefined : handled;
    },
    answer: (answer) => steps.push(answer),
    sendBytes: (bytes) => steps.push(bytes),
    disconnect: (how = 'reset') => steps.push(how),
    after: (delayMs, action) => {
      steps.push(delayMs);
      later.push(action);
    },
  };
  reply(turn);
  steps.push('-');
  for (const action of later) action();
  return steps;
}

test('a refusal is answered with its code and stores nothing', () => {
  expect(play(refuse('NO_PERMISSION', 'why'))).toEqual([{ code: 16, remark: 'why' }, '-']);
  expect(play(refuse(4711))).toEqual([{ code: 4711, remark: undefined }, '-']);
});

test('busy is the refusal of a broker whose queue is full', () => {
  expect(play(busy())).toEqual([{ code: 2, remark: expect.stringMatching(/^\[TIMEOUT_CLEAN_QUEUE]broker busy/) }, '-']);
});

test('a dropped request leaves no trace, a dropped answer leaves a message', () => {
  expect(play(drop())).toEqual(['-']);
  expect(play(dropAnswer())).toEqual(['stored', '-']);
});

test('a delayed answer is to a message that is stored at once', () => {
  expect(play(delay(250))).toEqual(['stored', 250, '-', ordinary]);
});

test('the connection can go before or after storing, and in two ways', () => {
  expect(play(disconnect('before-storing'))).toEqual(['reset', '-']);
  expect(play(disconnect('after-storing'))).toEqual(['stored', 'reset', '-']);
  expect(play(disconnect('after-storing', 'end'))).toEqual(['stored', 'end', '-']);
});

test('a message that is stored once can be answered more often', () => {
  expect(play(duplicateAnswer())).toEqual(['stored', ordinary, ordinary, '-']);
  expect(play(duplicateAnswer(3))).toEqual(['stored', ordinary, ordinary, ordinary, '-']);
});

test('an amended answer differs only where it is said to', () => {
  expect(play(amendAnswer({ code: 'FLUSH_DISK_TIMEOUT' }))).toEqual([
    'stored',
    { code: 10, remark: 'as ever', fields: ordinary.fields, body: undefined },
    '-',
  ]);
  const body = Buffer.from('b');
  expect(
    play(amendAnswer({ remark: 'other', fields: { msgId: undefined, queueOffset: 'x', more: '1' }, body })),
  ).toEqual([
    'stored',
    {
      code: 0,
      remark: 'other',
      fields: new Map([
        ['queueOffset', 'x'],
        ['more', '1'],
      ]),
      body,
    },
    '-',
  ]);
  expect(play(amendAnswer({ code: 1 }), 'silence')).toEqual(['stored', '-']);
});

test('bytes can take the place of an answer', () => {
  expect(play(answerBytes(Buffer.of(1, 2)))).toEqual([Buffer.of(1, 2), '-']);
  expect(play(answerBytes(({ opaque }) => Buffer.of(opaque)))).toEqual([Buffer.of(5), '-']);
});
