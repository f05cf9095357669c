/**
 * The shape that all remote calls share, on both sides of the wire. What a call says is not here but in
 * `requests/<call>.ts`; nor is when and where to it is sent.
 */
import { CLIENT_VERSION, FLAG_ONEWAY, LANGUAGE, type OutgoingFrame } from './command.js';
import { answerError } from './classify-response.js';
import { writeFrame } from './frame.js';
import type { ReceivedFrame } from './received-frame.js';
import { ResponseCode } from './response-codes.js';

/** What a request carries besides its code and its opaque. */
export interface Payload {
  readonly fields: ReadonlyMap<string, string>;
  readonly body?: Uint8Array | undefined;
  /** Of requests only END_TRANSACTION has one. */
  readonly remark?: string | undefined;
}

/** What an answer carries besides its opaque. */
export interface Answer extends Payload {
  readonly code: number;
}

/** What a call says about itself. `Status` tells its positive answers apart, where it has several. */
export interface RemoteCallParts<Request, Response, Status> {
  readonly code: number;
  /** As in RequestCode.java. */
  readonly name: string;
  /** As which version of the client it is asked. Default: the client's. */
  readonly version?: number | undefined;
  /** The codes of the answers that are a `Response`; all others are refusals. */
  readonly answers: ReadonlyMap<number, Status>;
  readonly encodeRequest: (request: Request) => Payload;
  readonly decodeRequest: (frame: ReceivedFrame) => Request;
  readonly encodeResponse: (response: Response) => Answer;
  readonly decodeResponse: (frame: ReceivedFrame, status: Status) => Response;
}

/** The `answers` of calls that are answered with 0 or refused. */
export const onlySuccess: ReadonlyMap<number, 'SUCCESS'> = new Map([[ResponseCode.SUCCESS, 'SUCCESS']]);

export interface RemoteCall<Request, Response> {
  readonly code: number;
  readonly name: string;
  /** What a request carries, for servers that ask clients. */
  payload(request: Request): Payload;
  /** A request that will be answered. */
  request(request: Request): OutgoingFrame;
  /** A request that nobody answers. */
  oneway(request: Request): OutgoingFrame;
  /** Server side. Throws RMQ_PROTOCOL_VIOLATION naming the field that is missing or has an impossible value. */
  decodeRequest(frame: ReceivedFrame): Request;
  /** Server side: the positive answer. */
  response(response: Response): Answer;
  /**
   * What a positive answer says. Throws the error of `classify-response.ts` for any other answer, and
   * RMQ_PROTOCOL_VIOLATION naming the field that is missing or has an impossible value.
   */
  decodeResponse(frame: ReceivedFrame): Response;
}

/** Completes what a call says about itself to a `RemoteCall`. */
export function remoteCall<Request, Response, Status = 'SUCCESS'>(
  parts: RemoteCallParts<Request, Response, Status>,
): RemoteCall<Request, Response> {
  const { code, name, version = CLIENT_VERSION, answers } = parts;
  const { encodeRequest, decodeRequest, encodeResponse, decodeResponse } = parts;
  const outgoing = (request: Request, flag: number): OutgoingFrame => {
    const { fields, body, remark } = encodeRequest(request);
    return {
      writeTo(out, opaque, encoding, requestFields) {
        const sender = { version, language: LANGUAGE.name };
        const all = requestFields === undefined ? fields : new Map([...fields, ...requestFields]);
        writeFrame(out, { code, opaque, flag, ...sender, remark, fields: all, body }, encoding);
      },
    };
  };
  return {
    code,
    name,
    payload: encodeRequest,
    request: (request) => outgoing(request, 0),
    oneway: (request) => outgoing(request, FLAG_ONEWAY),
    decodeRequest,
    response: encodeResponse,
    decodeResponse(frame) {
      const status = answers.get(frame.code);
      if (status === undefined) throw answerError(name, frame);
      return decodeResponse(frame, status);
    },
  };
}
