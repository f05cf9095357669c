/** The verbs of a target for message traces, and what traces look like to whoever reads them. */

/** What a target knows of one message that was traced. */
export interface TraceLine {
  readonly type: string;
  readonly group: string;
  readonly costMs: number;
  /** `success` or `failed`. */
  readonly status: string;
}

export interface TracingTarget {
  /**
   * What the trace topic tells of a message; on real clusters by `mqadmin queryMsgTraceById`. Empty where it tells
   * nothing, or not yet: brokers index keys a moment later.
   */
  tracesOf(traceTopic: string, msgId: string): Promise<readonly TraceLine[]>;
}

/** A line of mqadmin: type, group, host, date, time, cost, status. */
const PRINTED = /^(?<type>Pub)\s+(?<group>\S+)\s+\S+\s+\S+ \S+\s+(?<cost>\d+)ms\s+(?<status>\w+)$/;

export function readTraceLines(printed: readonly string[]): TraceLine[] {
  return printed.flatMap((line) => {
    const { type, group, cost, status } = PRINTED.exec(line)?.groups ?? {};
    if (type === undefined || group === undefined || status === undefined) return [];
    return [{ type, group, costMs: Number(cost), status }];
  });
}

/** The same from the body of a trace message: TraceDataEncoder.decoderFromTraceDataString, written down a second time. */
export function traceLinesIn(body: string, msgId: string): TraceLine[] {
  return body
    .split('\u0002')
    .map((record) => record.split('\u0001'))
    .filter((fields) => fields[5] === msgId)
    .map(([type = '', , , group = '', , , , , , , cost, , , success]) => ({
      type,
      group,
      costMs: Number(cost),
      status: success === 'true' ? 'success' : 'failed',
    }));
}
