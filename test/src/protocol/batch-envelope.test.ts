import { batchProperties, splitBatchAnswer } from '../../../src/protocol/batch-envelope.js';
import { decodeProperties } from '../../../src/protocol/properties.js';
import { sendBatchMessage } from '../../../src/protocol/requests/send-batch-message.js';
import { goldenFrame } from '../../golden/golden-frames.js';
import { expectViolation, read } from './frames.js';

const answerOf = (scenario: string) =>
  sendBatchMessage.decodeResponse(read(goldenFrame(scenario, ({ answers }) => answers === 320).bytes));
const split = (scenario: string, count: number) =>
  splitBatchAnswer(
    answerOf(scenario),
    Array.from({ length: count }, (_, n) => n),
    (member, answer) => ({ member, ...answer }),
  );

const PLAIN = { waitStoreMsgOk: true, sysFlag: 0, serverVersion: 0 };

describe('the properties of a batch', () => {
  test.each([0, 407, 412])(
    'for version %i are WAIT alone: anything else would overwrite that of the members',
    (version) => {
      const never = (): string => {
        throw new Error('a unique key was made');
      };
      expect([...decodeProperties(batchProperties({ ...PLAIN, serverVersion: version }, never))]).toEqual([
        ['WAIT', 'true'],
      ]);
      expect([
        ...decodeProperties(batchProperties({ ...PLAIN, waitStoreMsgOk: false, serverVersion: version }, never)),
      ]).toEqual([['WAIT', 'false']]);
    },
  );

  test.each([413, 475, 513])('for version %i have a unique key too, as those of the Java client', (version) => {
    const { bytes } = goldenFrame('5.5.0/send-batch', ({ code }) => code === 320);
    const { properties = '' } = sendBatchMessage.decodeRequest(read(bytes));
    expect(
      batchProperties({ ...PLAIN, serverVersion: version }, () => decodeProperties(properties).get('UNIQ_KEY') ?? ''),
    ).toBe(properties);
  });

  test('have no unique key where the members are compressed: one record of them would be unpacked as a whole', () => {
    const never = (): string => {
      throw new Error('a unique key was made');
    };
    const properties = batchProperties({ ...PLAIN, sysFlag: 0x301, serverVersion: 513 }, never);
    expect([...decodeProperties(properties)]).toEqual([['WAIT', 'true']]);
  });

  test('for 4.9.7 are those of its own Java client', () => {
    const { bytes } = goldenFrame('4.9.7/send-batch', ({ code }) => code === 320);
    const { properties = '' } = sendBatchMessage.decodeRequest(read(bytes));
    expect([...decodeProperties(batchProperties({ ...PLAIN, serverVersion: 407 }, () => ''))]).toEqual([
      ...decodeProperties(properties),
    ]);
  });
});

describe('the answer to a batch', () => {
  test.each([
    ['5.5.0/send-batch', 2n],
    ['4.9.7/send-batch', 1n],
    ['5.5.0-on-4.9.7/send-batch', 2n],
  ])('in %s has an id and an offset for each member', (scenario, first) => {
    const answers = split(scenario, 5);
    expect(answers.map(({ member }) => member)).toEqual([0, 1, 2, 3, 4]);
    expect(answers.map(({ offsetMsgId }) => offsetMsgId).join(',')).toBe(answerOf(scenario).offsetMsgId);
    expect(answers.map(({ queueOffset }) => queueOffset)).toEqual([0n, 1n, 2n, 3n, 4n].map((n) => first + n));
    expect(new Set(answers.map(({ status, queueId, regionId }) => `${status} ${queueId} ${regionId}`)).size).toBe(1);
  });

  test('of a batch stored as one record has one id for all members', () => {
    const answers = split('5.5.0/send-inner-batch', 3);
    expect(answers.map(({ offsetMsgId }) => offsetMsgId)).toEqual(Array(3).fill('7F000001000075180000000000001109'));
    expect(answers.map(({ queueOffset }) => queueOffset)).toEqual([0n, 1n, 2n]);
  });

  test('with another number of ids is a violation, before anything is made of it', () => {
    const taken: unknown[] = [];
    for (const count of [2, 4, 6]) {
      const members = Array.from({ length: count }, (_, n) => n);
      expectViolation(() => splitBatchAnswer(answerOf('5.5.0/send-batch'), members, (member) => taken.push(member)));
    }
    expect(taken).toEqual([]);
  });
});
