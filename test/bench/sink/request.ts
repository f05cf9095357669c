/** Reads what the sink must know of a request, in both header encodings, and nothing else. */

/** A request; one object is filled again for each, because a sink must cost little. */
export interface SinkRequest {
  code: number;
  opaque: number;
  isJson: boolean;
  isOneway: boolean;
  /** Of a send: the queue that it names, which is where brokers store it. */
  queueId: number;
  /** Of a send: how many messages it has. */
  messages: number;
}

export const SEND_MESSAGE = 10;
export const GET_ROUTEINFO_BY_TOPIC = 105;
export const SEND_MESSAGE_V2 = 310;
export const SEND_BATCH_MESSAGE = 320;

const JSON_HEADER = 0;
const [CODE, OPAQUE, FLAG, REMARK_LENGTH] = [8, 13, 17, 21] as const;
const ONEWAY_FLAG = 2;
const RESPONSE_FLAG = 1;
/** In a V2 send: group, topic, default topic and its number of queues. */
const FIELDS_BEFORE_QUEUE_ID = 4;
const ZERO = 48;

export const emptyRequest = (): SinkRequest => ({
  code: 0,
  opaque: 0,
  isJson: false,
  isOneway: false,
  queueId: 0,
  messages: 1,
});

/** Whether the request is a send. */
export const isSend = ({ code }: SinkRequest): boolean =>
  code === SEND_MESSAGE_V2 || code === SEND_BATCH_MESSAGE || code === SEND_MESSAGE;

/** Reads the frame at `at` into `request`; false for an answer. */
export function readRequest(request: SinkRequest, input: Buffer, at: number): boolean {
  const flag = input[at + 4] === JSON_HEADER ? readJson(request, input, at) : readBinary(request, input, at);
  request.isOneway = (flag & ONEWAY_FLAG) !== 0;
  request.messages = request.code === SEND_BATCH_MESSAGE ? membersOf(input, at) : 1;
  return (flag & RESPONSE_FLAG) === 0;
}

function readBinary(request: SinkRequest, input: Buffer, at: number): number {
  request.isJson = false;
  request.code = input.readUInt16BE(at + CODE);
  request.opaque = input.readInt32BE(at + OPAQUE);
  if (isSend(request)) request.queueId = binaryQueueId(input, at);
  return input.readInt32BE(at + FLAG);
}

function binaryQueueId(input: Buffer, at: number): number {
  let field = at + REMARK_LENGTH + 4 + input.readUInt32BE(at + REMARK_LENGTH) + 4;
  for (let passed = 0; passed < FIELDS_BEFORE_QUEUE_ID; passed++) {
    field += 2 + input.readUInt16BE(field);
    field += 4 + input.readUInt32BE(field);
  }
  field += 2 + input.readUInt16BE(field);
  const end = field + 4 + input.readUInt32BE(field);
  let queueId = 0;
  for (let digit = field + 4; digit < end; digit++) queueId = queueId * 10 + (input[digit] ?? ZERO) - ZERO;
  return queueId;
}

function readJson(request: SinkRequest, input: Buffer, at: number): number {
  const header = input.toString('latin1', at + 8, bodyOf(input, at));
  const number = (pattern: RegExp): number => Number(pattern.exec(header)?.[1] ?? 0);
  request.isJson = true;
  request.code = number(/"code":(\d+)/);
  request.opaque = number(/"opaque":(-?\d+)/);
  if (isSend(request)) request.queueId = number(request.code === SEND_MESSAGE ? /"queueId":"?(\d+)/ : /"e":"?(\d+)/);
  return number(/"flag":(\d+)/);
}

/** Where the body of the frame at `at` begins. */
const bodyOf = (input: Buffer, at: number): number => at + 8 + (input.readUInt32BE(at + 4) & 0xffffff);

function membersOf(input: Buffer, at: number): number {
  const end = at + 4 + input.readUInt32BE(at);
  let members = 0;
  for (let member = bodyOf(input, at); member < end; member += input.readUInt32BE(member)) members++;
  return members;
}
