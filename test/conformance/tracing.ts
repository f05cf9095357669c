/** The verbs of a target for message traces, and what traces look like to whoever reads them. */

/** What a target knows of one message that was traced. */
export interface TraceLine {
  readonly type: string;
  readonly group: string;
  readonly costMs: number;
  /** `success` or `failed`. */
  readonly status: string;
}

/**
 * One record of a trace: `type`, `regionId`, `group`, `topic`, `msgId`, and by type what else it says. What was not there
 * is the text `null`, as Java reads it.
 */
export type TraceRecord = Readonly<Record<string, string>>;

export interface TracingTarget {
  /**
   * What the trace topic tells of a message; on real clusters by `mqadmin queryMsgTraceById`. Empty where it tells
   * nothing, or not yet: brokers index keys a moment later.
   */
  tracesOf(traceTopic: string, msgId: string): Promise<readonly TraceLine[]>;
  /** Everything that it tells of it; on real clusters as `TraceDataEncoder` reads it. Empty as with `tracesOf`. */
  traceRecordsOf(traceTopic: string, msgId: string): Promise<readonly TraceRecord[]>;
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

/** The same from the body of a trace message. */
export function traceLinesIn(body: string, msgId: string): TraceLine[] {
  return fieldsOf(body, msgId)
    .filter(([type]) => type === 'Pub')
    .map(([type = '', , , group = '', , , , , , , cost, , , success]) => ({
      type,
      group,
      costMs: Number(cost),
      status: success === 'true' ? 'success' : 'failed',
    }));
}

/** TraceDataEncoder.decoderFromTraceDataString, written down a second time. */
export function traceRecordsIn(body: string, msgId: string): TraceRecord[] {
  return fieldsOf(body, msgId).map((fields) => {
    const [type = '', , regionId = '', group = '', topic = ''] = fields;
    const [, , , , , , tags = '', keys = '', storeHost = ''] = fields;
    const event = { type, regionId, group, topic, msgId };
    const message = { ...event, tags, keys, storeHost };
    if (type === 'EndTransaction') {
      const [kind, transactionId = '', transactionState = '', fromTransactionCheck = ''] = fields.slice(9);
      return { ...message, msgType: messageType(kind), transactionId, transactionState, fromTransactionCheck };
    }
    const success = fields.at(-1) ?? '';
    if (type === 'Recall') return { ...event, success };
    const [bodyLength = '', , kind, offsetMsgId = ''] = fields.slice(9);
    return { ...message, bodyLength, msgType: messageType(kind), offsetMsgId, success };
  });
}

const fieldsOf = (body: string, msgId: string): string[][] =>
  body
    .split('\u0002')
    .map((record) => record.split('\u0001'))
    .filter((fields) => fields[5] === msgId);

/** MessageType.java, in its order. */
const MESSAGE_TYPES = ['Normal_Msg', 'Trans_Msg_Half', 'Trans_msg_Commit', 'Delay_Msg'];
const messageType = (ordinal: string | undefined): string => MESSAGE_TYPES[Number(ordinal)] ?? 'none';
