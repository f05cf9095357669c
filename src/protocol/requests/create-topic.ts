/**
 * UPDATE_AND_CREATE_TOPIC (17): client → master. All versions; creates a topic on one broker, or changes its settings.
 * The broker tells the name servers at once. Attributes are known since 5.0; older brokers ignore them.
 * Source: CreateTopicRequestHeader.java, AdminBrokerProcessor.java, AttributeParser.java (5.5.0).
 */
import { emptyAnswer, type EmptyResponse, headerRequest } from '../call-parts.js';
import { bool, defineFields, int32, optional, string } from '../fields.js';
import { remoteCall } from '../remote-call.js';
import { RequestCode } from '../request-codes.js';

export interface CreateTopicRequest {
  readonly topic: string;
  /** Only told, not looked at. */
  readonly defaultTopic: string;
  readonly readQueues: number;
  readonly writeQueues: number;
  /** Bits of PermName.java: 2 write, 4 read. */
  readonly perm: number;
  /** `SINGLE_TAG` or `MULTI_TAG`. */
  readonly filterType: string;
  readonly sysFlag?: number | undefined;
  readonly order: boolean;
  /** See `formatAttributes`. */
  readonly attributes?: string | undefined;
  readonly force?: boolean | undefined;
}

const requestFields = defineFields({
  topic: string('topic'),
  defaultTopic: string('defaultTopic'),
  readQueues: int32('readQueueNums'),
  writeQueues: int32('writeQueueNums'),
  perm: int32('perm'),
  filterType: string('topicFilterType'),
  sysFlag: optional(int32('topicSysFlag')),
  order: bool('order'),
  attributes: optional(string('attributes')),
  force: optional(bool('force')),
});

/** The attributes a topic is to have: `+message.type=DELAY,+queue.type=BatchCQ`. */
export function formatAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `+${name}=${value}`)
    .join(',');
}

/** What `formatAttributes` wrote; pieces of another form, with which Java takes attributes away, are left out. */
export function parseAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').flatMap((piece) => {
    const [, name, value] = /^\+([^=]+)=(.*)$/.exec(piece) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

/** Creates a topic on one broker, or changes its settings. */
export const createTopic = remoteCall<CreateTopicRequest, EmptyResponse>({
  code: RequestCode.UPDATE_AND_CREATE_TOPIC,
  name: 'UPDATE_AND_CREATE_TOPIC',
  ...headerRequest(requestFields),
  ...emptyAnswer,
});
