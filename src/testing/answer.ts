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

/** What is said to a request: at once, when it is known, or nothing at all. */
export type Said = Answer | Promise<Answer> | undefined;

/** The same with what `change` makes of it, if anything is said. */
export function amended(said: Said, change: (answer: Answer) => Answer): Said {
  if (said === undefined) return undefined;
  return 'then' in said ? said.then(change) : change(said);
}
