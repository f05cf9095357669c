/**
 * Builds the answer to a send with the fields of a 5.5.0 broker, as bytes with gaps: everything but queue id, queue
 * offset, opaque and the last digits of ids is the same in all answers of one shape.
 */

/** What the bytes of an answer depend on, beside its gaps. */
export interface AnswerShape {
  /** Number of messages in the send: the answer has one offset message id for each. */
  readonly messages: number;
  readonly queueIdDigits: number;
  /** Decimal digits of the opaque in a JSON answer; 0 for a binary answer, which has it as four bytes. */
  readonly opaqueDigits: number;
}

export interface AnswerTemplate {
  readonly bytes: Buffer;
  readonly queueIdAt: number;
  readonly offsetAt: number;
  readonly opaqueAt: number;
  /** Where the last ID_DIGITS digits of each id are: those count, as the commit log offset in a real one does. */
  readonly idsAt: readonly number[];
}

/** The first queue offset. All later ones have the same number of digits. */
export const FIRST_OFFSET = 1_000_000_000;
export const OFFSET_DIGITS = 10;
export const OPAQUE_IN_BINARY_HEADER = 13;

/** Hexadecimal digits of an id that differ from answer to answer. */
export const ID_DIGITS = 8;

const OFFSET_MSG_ID = '7F000001000075180000000000000000';
/** As long as the unique key that a real broker gives back. */
const TRANSACTION_ID = '7F00000100002A9F0000000000000000';
const VERSION = 513;
const IS_RESPONSE = 1;
const BINARY = 1;

/** Builds the template of a shape. */
export function answerTemplate(shape: AnswerShape): AnswerTemplate {
  return shape.opaqueDigits > 0 ? jsonTemplate(shape) : binaryTemplate(shape);
}

const fieldsOf = ({ messages, queueIdDigits }: AnswerShape): readonly (readonly [name: string, value: string])[] => [
  ['queueId', '0'.repeat(queueIdDigits)],
  ['transactionId', TRANSACTION_ID],
  ['TRACE_ON', 'true'],
  ['MSG_REGION', 'DefaultRegion'],
  ['msgId', Array.from({ length: messages }, () => OFFSET_MSG_ID).join(',')],
  ['queueOffset', '0'.repeat(OFFSET_DIGITS)],
];

function jsonTemplate(shape: AnswerShape): AnswerTemplate {
  const fields = fieldsOf(shape).map(([name, value]) => `"${name}":"${value}"`);
  const opaque = '0'.repeat(shape.opaqueDigits);
  const header =
    `{"code":0,"extFields":{${fields.join()}},"flag":${IS_RESPONSE},"language":"JAVA","opaque":${opaque},` +
    `"serializeTypeCurrentRPC":"JSON","version":${VERSION}}`;
  const bytes = Buffer.from(`........${header}`, 'latin1');
  bytes.writeUInt32BE(bytes.length - 4, 0);
  bytes.writeUInt32BE(header.length, 4);
  const behind = (text: string): number => bytes.indexOf(text) + text.length;
  return {
    bytes,
    queueIdAt: behind('"queueId":"'),
    offsetAt: behind('"queueOffset":"'),
    opaqueAt: behind('"opaque":'),
    idsAt: idsIn(bytes),
  };
}

function binaryTemplate(shape: AnswerShape): AnswerTemplate {
  const fields = fieldsOf(shape).map(([name, value]) => {
    const field = Buffer.alloc(6 + name.length + value.length);
    field.writeUInt16BE(name.length, 0);
    field.write(name, 2, 'latin1');
    field.writeUInt32BE(value.length, 2 + name.length);
    field.write(value, 6 + name.length, 'latin1');
    return field;
  });
  const extFields = Buffer.concat(fields);
  const head = Buffer.alloc(29);
  head.writeUInt32BE(25 + extFields.length, 0);
  head.writeUInt32BE(((21 + extFields.length) | (BINARY << 24)) >>> 0, 4);
  head.writeUInt16BE(VERSION, 11);
  head.writeUInt32BE(IS_RESPONSE, 17);
  head.writeUInt32BE(extFields.length, 25);
  const bytes = Buffer.concat([head, extFields]);
  const valueOf = (name: string): number => bytes.indexOf(name) + name.length + 4;
  return {
    bytes,
    queueIdAt: valueOf('queueId'),
    offsetAt: valueOf('queueOffset'),
    opaqueAt: OPAQUE_IN_BINARY_HEADER,
    idsAt: idsIn(bytes),
  };
}

/** The ends of all ids. */
const idsIn = (bytes: Buffer): readonly number[] =>
  [...bytes.toString('latin1').matchAll(new RegExp(`${OFFSET_MSG_ID}|${TRANSACTION_ID}`, 'g'))].map(
    ({ index, 0: id }) => index + id.length - ID_DIGITS,
  );
