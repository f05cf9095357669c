/**
 * Requests and answers by the protocol's names, as scripts and tests speak of them. The numbers are the protocol's.
 */
import { RequestCode } from '../protocol/request-codes.js';
import { ResponseCode } from '../protocol/response-codes.js';

/** A request's name in the protocol: `'SEND_MESSAGE_V2'`. */
export type RequestName = keyof typeof RequestCode;

/** An answer's name in the protocol: `'SYSTEM_BUSY'`. */
export type ResponseName = keyof typeof ResponseCode;

/** The number of a request; a number stands for itself. */
export function requestCodeOf(request: RequestName | number): number {
  return typeof request === 'number' ? request : RequestCode[request];
}

/** The number of an answer; a number stands for itself. */
export function responseCodeOf(response: ResponseName | number): number {
  return typeof response === 'number' ? response : ResponseCode[response];
}
