/** One connection to a broker of the sink: reads requests, answers them. It stores nothing. */
import type { Socket } from 'node:net';
import { type AnswerChunk, AnswerChunks } from './answer-chunk.js';
import { emptyRequest, GET_ROUTEINFO_BY_TOPIC, isSend, readRequest, type SinkRequest } from './request.js';
import type { SinkOptions } from './sink-options.js';

const TICK_MS = 5;
/** More than any number here has. */
const MOST_DIGITS = 16;

/** A send that was not answered yet. */
interface Waiting {
  readonly chunks: AnswerChunks;
  readonly opaque: number;
  readonly queueId: number;
  readonly messages: number;
}

export class SinkConnection {
  readonly #socket: Socket;
  readonly #options: SinkOptions;
  /** The answer to every question for a route. */
  readonly #route: string;
  readonly #request = emptyRequest();
  readonly #chunks = new Map<number, AnswerChunks>();
  readonly #waiting: Waiting[] = [];
  #chunk: AnswerChunk | undefined;
  #rest: Buffer | undefined;
  #stored = 0;

  constructor(socket: Socket, options: SinkOptions, route: string) {
    this.#socket = socket;
    this.#options = options;
    this.#route = route;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => this.#read(data));
    if (options.answersPerSecond === undefined) return;
    const answersPerTick = (options.answersPerSecond * TICK_MS) / 1000;
    const ticks = setInterval(() => this.#answerWaiting(answersPerTick), TICK_MS);
    socket.on('close', () => clearInterval(ticks));
  }

  #read(data: Buffer): void {
    const input = this.#rest === undefined ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    this.#socket.cork();
    while (input.length - at >= 4) {
      const end = at + 4 + input.readUInt32BE(at);
      if (end > input.length) break;
      if (readRequest(this.#request, input, at)) this.#take();
      at = end;
    }
    this.#flush();
    this.#socket.uncork();
    this.#rest = at < input.length ? input.subarray(at) : undefined;
  }

  #take(): void {
    const request = this.#request;
    if (!isSend(request)) {
      if (!request.isOneway) this.#answerOther(request.code === GET_ROUTEINFO_BY_TOPIC ? this.#route : '');
      return;
    }
    if (request.isOneway) {
      this.#stored += request.messages;
      return;
    }
    const { opaque, queueId, messages } = request;
    const send = { chunks: this.#chunksFor(request), opaque, queueId, messages };
    if (this.#options.answersPerSecond === undefined) this.#answerSend(send);
    else this.#waiting.push(send);
  }

  /** The chunks for the answer to the current request. */
  #chunksFor({ opaque, messages, queueId, isJson }: SinkRequest): AnswerChunks {
    const opaqueDigits = isJson || this.#options.answers === 'json' ? digitsOf(opaque) : 0;
    const queueIdDigits = digitsOf(queueId);
    const key = (messages * MOST_DIGITS + queueIdDigits) * MOST_DIGITS + opaqueDigits;
    let chunks = this.#chunks.get(key);
    if (chunks === undefined) {
      chunks = new AnswerChunks({ messages, queueIdDigits, opaqueDigits });
      this.#chunks.set(key, chunks);
    }
    return chunks;
  }

  #answerWaiting(most: number): void {
    this.#socket.cork();
    for (const send of this.#waiting.splice(0, most)) this.#answerSend(send);
    this.#flush();
    this.#socket.uncork();
  }

  #answerSend({ chunks, opaque, queueId, messages }: Waiting): void {
    if (this.#chunk !== undefined && (this.#chunk.chunks !== chunks || this.#chunk.isFull)) this.#flush();
    this.#chunk ??= chunks.take();
    this.#chunk.add(opaque, queueId, this.#stored);
    this.#stored += messages;
  }

  #flush(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    this.#chunk = undefined;
    this.#socket.write(chunk.filled, () => chunk.chunks.giveBack(chunk));
  }

  #answerOther(body: string): void {
    this.#flush();
    const header = `{"code":0,"flag":1,"language":"JAVA","opaque":${this.#request.opaque},"serializeTypeCurrentRPC":"JSON","version":513}`;
    const frame = Buffer.from(`........${header}${body}`);
    frame.writeUInt32BE(frame.length - 4, 0);
    frame.writeUInt32BE(header.length, 4);
    this.#socket.write(frame);
  }
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}
