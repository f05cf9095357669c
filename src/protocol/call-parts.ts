/**
 * The halves that many remote calls have in common: a request that is all header, an answer that is all header, an answer
 * that says nothing. What is a call of its own is in `requests/<call>.ts`.
 */
import type { FieldTable } from './fields.js';
import { onlySuccess, type RemoteCallParts } from './remote-call.js';
import { ResponseCode } from './response-codes.js';

type RequestHalf<Request> = Pick<RemoteCallParts<Request, unknown, unknown>, 'encodeRequest' | 'decodeRequest'>;
type AnswerHalf<Response> = Pick<
  RemoteCallParts<unknown, Response, 'SUCCESS'>,
  'answers' | 'encodeResponse' | 'decodeResponse'
>;

/** A request without a body. */
export function headerRequest<Request>(table: FieldTable<Request>): RequestHalf<Request> {
  return {
    encodeRequest: (request) => ({ fields: table.encode(request) }),
    decodeRequest: (frame) => table.decode(frame),
  };
}

/** An answer without a body, with code 0 or refused. */
export function headerAnswer<Response>(table: FieldTable<Response>): AnswerHalf<Response> {
  return {
    answers: onlySuccess,
    encodeResponse: (response) => ({ code: ResponseCode.SUCCESS, fields: table.encode(response) }),
    decodeResponse: (frame) => table.decode(frame),
  };
}

/** A positive answer that says nothing but that it is one. */
export type EmptyResponse = Readonly<Record<string, never>>;

/** An answer that is empty, with code 0, or refused. */
export const emptyAnswer: AnswerHalf<EmptyResponse> = {
  answers: onlySuccess,
  encodeResponse: () => ({ code: ResponseCode.SUCCESS, fields: new Map() }),
  decodeResponse: () => ({}),
};
