import { expectTypeOf } from 'expect-type';
import fc from 'fast-check';
import { bool, defineFields, int32, int64, optional, string, timestamp } from '../../../src/protocol/fields.js';
import type { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { command, expectViolation, int32 as anyInt32, int64 as anyInt64, readCommand, someText } from './frames.js';

const table = defineFields({
  topic: string('b'),
  queueId: int32('e'),
  offset: int64('o'),
  bornAt: timestamp('g'),
  isBatch: bool('m'),
  brokerName: optional(string('n')),
  times: optional(int32('j')),
});

const values = { topic: 't', queueId: 3, offset: 9_007_199_254_740_993n, bornAt: 1_700_000_000_000, isBatch: false };

const frameWith = (fields: Readonly<Record<string, string>>): ReceivedFrame =>
  readCommand(command({ code: 77, fields: new Map(Object.entries(fields)) }));

const wire = { b: 't', e: '3', o: '9007199254740993', g: '1700000000000', m: 'false' };

test('values travel under their wire names, as text, in the order of the table', () => {
  expect([...table.encode({ ...values, times: 0 })]).toEqual([...Object.entries(wire), ['j', '0']]);
});

test('what is not given is not sent', () => {
  expect(table.encode({ ...values, brokerName: undefined, times: undefined }).size).toBe(5);
});

test('every set of values comes back', () => {
  const all = fc.record(
    {
      topic: someText,
      queueId: anyInt32,
      offset: anyInt64,
      bornAt: fc.maxSafeInteger(),
      isBatch: fc.boolean(),
      brokerName: someText,
      times: anyInt32,
    },
    { requiredKeys: ['topic', 'queueId', 'offset', 'bornAt', 'isBatch'] },
  );
  fc.assert(
    fc.property(all, fc.constantFrom('json', 'binary'), (sent, encoding) => {
      const frame = readCommand(command({ fields: table.encode(sent) }), encoding);
      expect(table.decode(frame)).toEqual(sent);
    }),
  );
});

test('a missing field is a violation that names it', () => {
  for (const [name, wireName] of Object.entries({ topic: 'b', queueId: 'e', offset: 'o', bornAt: 'g', isBatch: 'm' })) {
    const { [wireName]: _, ...rest } = { ...wire } as Record<string, string>;
    expect(() => table.decode(frameWith(rest))).toThrow(
      expect.objectContaining({
        code: 'RMQ_PROTOCOL_VIOLATION',
        message: `the field ${name} (${wireName}) is missing`,
        detail: { field: name, code: 77 },
      }),
    );
  }
});

test('an optional field may be missing but not wrong', () => {
  expect(table.decode(frameWith(wire)).times).toBeUndefined();
  expectViolation(() => table.decode(frameWith({ ...wire, j: 'many' })));
});

test.each([
  ['e', ['', 'x', '1.5', '1e3', ' 1', '+1', '2147483648', '-2147483649', '99999999999999999999', '0x1', 'NaN']],
  ['o', ['', 'abc', '1.5', '9223372036854775808', '-9223372036854775809', '99999999999999999999', '1n']],
  ['g', ['', 'x', '9007199254740992', '-9007199254740992', 'Infinity']],
  ['m', ['', 'TRUE', '1', 'yes']],
])('impossible values of %s are violations that do not quote them', (wireName, impossible) => {
  for (const value of impossible) {
    expectViolation(() => table.decode(frameWith({ ...wire, [wireName]: value })));
  }
  expect(() => table.decode(frameWith({ ...wire, [wireName]: 'a-secret' }))).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('a-secret') }),
  );
});

test('a number has its exact value, however it is written', () => {
  const decode = (e: string, o: string): unknown => {
    const { queueId, offset } = table.decode(frameWith({ ...wire, e, o }));
    return [queueId, offset];
  };
  expect(decode('-2147483648', '-9223372036854775808')).toEqual([-(2 ** 31), -(2n ** 63n)]);
  expect(decode('0000000007', '0000000000000000007')).toEqual([7, 7n]);
  expect(decode('-0', '-0')).toEqual([0, 0n]);
});

test('a limit is part of the table', () => {
  const limited = defineFields({ queueId: int32('e', { min: 0 }), offset: int64('o', { min: 0n }) });
  expect(limited.decode(frameWith({ e: '0', o: '0' }))).toEqual({ queueId: 0, offset: 0n });
  expectViolation(() => limited.decode(frameWith({ e: '-1', o: '0' })));
  expectViolation(() => limited.decode(frameWith({ e: '0', o: '-1' })));
});

test('the types of the values come from the table', () => {
  expectTypeOf(table.decode).returns.toExtend<{
    readonly topic: string;
    readonly queueId: number;
    readonly offset: bigint;
    readonly bornAt: number;
    readonly isBatch: boolean;
    readonly brokerName?: string | undefined;
    readonly times?: number | undefined;
  }>();
});
