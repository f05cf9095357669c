/**
 * What a server says to one request, before it becomes a frame. It knows nothing of connections.
 */

/** The answer of a handler, or of a script. Nothing is ever sent as the answer to a oneway request. */
export interface Answer {
  /** Response code; 0 is success. */
  readonly code: number;
  readonly remark?: string | undefined;
  readonly fields?: ReadonlyMap<string, string> | undefined;
  readonly body?: Uint8Array | undefined;
}
