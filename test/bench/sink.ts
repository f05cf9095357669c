/**
 * What the benchmarks send to, in a process of its own: name server and broker on one port. It stores nothing and
 * answers every send, in JSON with the fields of a 5.5.0 broker: at once, or as many a second as its argument says.
 * Prints its port when it listens.
 */
import { createServer, type Socket } from 'node:net';

const QUEUES = 8;
const JSON_HEADER = 0;
const SEND_MESSAGE_V2 = 310;
const SEND_BATCH_MESSAGE = 320;
const GET_ROUTEINFO_BY_TOPIC = 105;
const CHUNK = 1 << 20;
const CODE_IN_BINARY_HEADER = 8;
const OPAQUE_IN_BINARY_HEADER = 13;
const FIELDS_IN_BINARY_HEADER = 29;
/** In a send: the group, the topic, the default topic and its number of queues. */
const FIELDS_BEFORE_QUEUE_ID = 4;
const OFFSET_MSG_ID = '7F0000010000751800000000000001F1';
const TICK_MS = 5;
const answersPerTick = (Number(process.argv[2] ?? Number.POSITIVE_INFINITY) * TICK_MS) / 1000;
const OFFSET_DIGITS = 10_000_000_000;

const unknownHeader = /"code":(\d+).*"opaque":(\d+)/s;
const queueIdInJson = /"e":"(\d+)"/;

/** The answer to a send, with the places where queue, queue offset and opaque go. */
const beforeQueueId = Buffer.from('{"code":0,"extFields":{"queueId":"');
const before = Buffer.from(
  '","transactionId":"7F0000010000751800000000000001F100000000","TRACE_ON":"true","MSG_REGION":"DefaultRegion","msgId":"',
);
const behindIds = Buffer.from('","queueOffset":"');
/** By how many messages a send has: their ids. */
const idsOf: Buffer[] = [];
const between = Buffer.from('"},"flag":1,"language":"JAVA","opaque":');
const after = Buffer.from(',"serializeTypeCurrentRPC":"JSON","version":513}');

/** Where the body of the frame at `at` begins. */
const bodyOf = (input: Buffer, at: number): number => at + 8 + (input.readUInt32BE(at + 4) & 0xffffff);

/** How many messages the batch at `at` has. */
function membersOf(input: Buffer, at: number): number {
  const end = at + 4 + input.readUInt32BE(at);
  let members = 0;
  for (let member = bodyOf(input, at); member < end; member += input.readUInt32BE(member)) members++;
  return members;
}

/** The queue that the send at `at` asks for, which is where brokers put it. */
function queueIdOf(input: Buffer, at: number): string {
  let nameAt = at + FIELDS_IN_BINARY_HEADER;
  const valueAt = (): number => nameAt + 2 + input.readUInt16BE(nameAt) + 4;
  const valueEnd = (): number => valueAt() + input.readUInt32BE(valueAt() - 4);
  for (let field = 0; field < FIELDS_BEFORE_QUEUE_ID; field++) nameAt = valueEnd();
  return input.toString('latin1', valueAt(), valueEnd());
}

interface Send {
  readonly opaque: number;
  readonly messages: number;
  readonly queueId: string;
}

class Client {
  readonly #socket: Socket;
  #out = Buffer.allocUnsafe(CHUNK);
  #length = 0;
  #rest: Buffer | undefined;
  #stored = OFFSET_DIGITS;
  /** Sends that a slow broker has yet to answer. */
  readonly #waiting: Send[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => this.#read(data));
    if (Number.isFinite(answersPerTick)) {
      const ticks = setInterval(() => this.#answerSome(), TICK_MS);
      socket.on('close', () => clearInterval(ticks));
    }
  }

  #read(data: Buffer): void {
    const input = this.#rest === undefined ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    while (input.length - at >= 4) {
      const end = at + 4 + input.readUInt32BE(at);
      if (end > input.length) break;
      this.#answer(input, at);
      at = end;
    }
    this.#rest = at < input.length ? input.subarray(at) : undefined;
    this.#flush();
  }

  #answerSome(): void {
    for (const send of this.#waiting.splice(0, answersPerTick)) this.#answerSend(send);
    this.#flush();
  }

  #flush(): void {
    if (this.#length === 0) return;
    this.#socket.write(this.#out.subarray(0, this.#length));
    this.#out = Buffer.allocUnsafe(CHUNK);
    this.#length = 0;
  }

  #takeSend(send: Send): void {
    if (Number.isFinite(answersPerTick)) this.#waiting.push(send);
    else this.#answerSend(send);
  }

  #answer(input: Buffer, at: number): void {
    if (input[at + 4] !== JSON_HEADER) {
      const code = input.readUInt16BE(at + CODE_IN_BINARY_HEADER);
      const opaque = input.readUInt32BE(at + OPAQUE_IN_BINARY_HEADER);
      if (code === GET_ROUTEINFO_BY_TOPIC) this.#answerOther(opaque, this.#route());
      else if (code !== SEND_MESSAGE_V2 && code !== SEND_BATCH_MESSAGE) this.#answerOther(opaque, '');
      else {
        const messages = code === SEND_BATCH_MESSAGE ? membersOf(input, at) : 1;
        this.#takeSend({ opaque, messages, queueId: queueIdOf(input, at) });
      }
      return;
    }
    const header = input.toString('latin1', at + 8, bodyOf(input, at));
    const [code, opaque] = (unknownHeader.exec(header) ?? []).slice(1).map(Number);
    const queueId = queueIdInJson.exec(header)?.[1] ?? '';
    if (opaque === undefined) return;
    if (code === SEND_MESSAGE_V2) this.#takeSend({ opaque, messages: 1, queueId });
    else if (code === SEND_BATCH_MESSAGE) this.#takeSend({ opaque, messages: membersOf(input, at), queueId });
    else this.#answerOther(opaque, code === GET_ROUTEINFO_BY_TOPIC ? this.#route() : '');
  }

  #answerSend({ opaque, messages, queueId }: Send): void {
    const id = String(opaque);
    const offset = String(this.#stored);
    this.#stored += messages;
    const ids = (idsOf[messages] ??= Buffer.from(Array.from({ length: messages }, () => OFFSET_MSG_ID).join()));
    const queueBytes = beforeQueueId.length + queueId.length;
    const headerLength =
      queueBytes +
      before.length +
      ids.length +
      behindIds.length +
      offset.length +
      between.length +
      id.length +
      after.length;
    if (this.#length + headerLength + 8 > CHUNK) {
      this.#socket.write(this.#out.subarray(0, this.#length));
      this.#out = Buffer.allocUnsafe(CHUNK);
      this.#length = 0;
    }
    const out = this.#out;
    let at = this.#length;
    out.writeUInt32BE(4 + headerLength, at);
    out.writeUInt32BE(headerLength, at + 4);
    at += 8;
    at += beforeQueueId.copy(out, at);
    at += out.write(queueId, at, 'latin1');
    at += before.copy(out, at);
    at += ids.copy(out, at);
    at += behindIds.copy(out, at);
    at += out.write(offset, at, 'latin1');
    at += between.copy(out, at);
    at += out.write(id, at, 'latin1');
    at += after.copy(out, at);
    this.#length = at;
  }

  #answerOther(opaque: number, body: string): void {
    const header = `{"code":0,"flag":1,"language":"JAVA","opaque":${opaque},"serializeTypeCurrentRPC":"JSON","version":513}`;
    const frame = Buffer.from(`........${header}${body}`);
    frame.writeUInt32BE(frame.length - 4, 0);
    frame.writeUInt32BE(header.length, 4);
    this.#socket.write(frame);
  }

  #route(): string {
    const address = `127.0.0.1:${this.#socket.localPort}`;
    return JSON.stringify({
      brokerDatas: [{ brokerAddrs: { 0: address }, brokerName: 'sink', cluster: 'sink' }],
      filterServerTable: {},
      queueDatas: [{ brokerName: 'sink', perm: 6, readQueueNums: QUEUES, topicSysFlag: 0, writeQueueNums: QUEUES }],
    });
  }
}

const server = createServer((socket) => new Client(socket));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
