/**
 * What a broker makes of the properties of a message before it stores them. It adds what it knows about the message and
 * drops what is not the sender's to say; the releases differ.
 * Sources: SendMessageProcessor.java, MessageExtEncoder.java, and messages read back from real 5.5.0 and 4.9.7.
 */
import { randomBytes } from 'node:crypto';
import { MessageProperty } from '../protocol/message-properties.js';
import {
  decodeProperties,
  encodeProperties,
  NAME_VALUE_SEPARATOR,
  PROPERTY_SEPARATOR,
} from '../protocol/properties.js';
import { CLUSTER_NAME, REGION_ID } from './broker-state.js';

interface StoredProperties {
  /** Encoded. */
  readonly text: string;
  /** 4.x brokers do not look at it. */
  readonly uniqueKey?: string | undefined;
}

const CLUSTER = [MessageProperty.CLUSTER, CLUSTER_NAME] as const;
/** What 5.x says about every single message, whatever its sender says. */
const ADDED_BY_5 = [CLUSTER, [MessageProperty.MSG_REGION, REGION_ID], [MessageProperty.TRACE_SWITCH, 'true']] as const;
const ADDED_BY_5_TEXT = encodeProperties(ADDED_BY_5);
/** The receipt of a message that was popped; 5.x drops it from one that is sent. */
const POP_RECEIPT = 'POP_CK';
const REPLACED_BY_5 = [...ADDED_BY_5.map(([name]) => name), POP_RECEIPT];
const UNIQUE_KEY_START = MessageProperty.UNIQUE_KEY + NAME_VALUE_SEPARATOR;

/** The properties of a single message as they are stored; those of a half message are added to later. */
export function storedProperties(sent: string, major: 4 | 5, isHalf = false): StoredProperties {
  return major === 4 ? storedBy4(sent, isHalf) : (appendedBy5(sent) ?? storedBy5(sent));
}

function storedBy4(sent: string, isHalf: boolean): StoredProperties {
  const properties = new Map([...decodeProperties(sent), CLUSTER]);
  if (!isHalf) properties.delete(MessageProperty.WAIT_STORE_MSG_OK);
  return { text: encodeProperties(properties) };
}

function storedBy5(sent: string): StoredProperties {
  const properties = new Map([...decodeProperties(sent), ...ADDED_BY_5]);
  properties.delete(POP_RECEIPT);
  const uniqueKey = properties.get(MessageProperty.UNIQUE_KEY) ?? randomBytes(16).toString('hex').toUpperCase();
  return { text: encodeProperties(properties.set(MessageProperty.UNIQUE_KEY, uniqueKey)), uniqueKey };
}

/** The same by appending, a third of the work, for what clients send: one unique key and nothing to replace. */
function appendedBy5(sent: string): StoredProperties | undefined {
  for (const name of REPLACED_BY_5) if (sent.includes(name)) return undefined;
  const start = sent.indexOf(UNIQUE_KEY_START);
  const end = sent.indexOf(PROPERTY_SEPARATOR, start);
  const isFirst = start === 0 || sent[start - 1] === PROPERTY_SEPARATOR;
  if (start === -1 || end === -1 || !isFirst || sent.indexOf(UNIQUE_KEY_START, end) !== -1) return undefined;
  const uniqueKey = sent.slice(start + UNIQUE_KEY_START.length, end);
  return uniqueKey === '' ? undefined : { text: join(sent, ADDED_BY_5_TEXT), uniqueKey };
}

/**
 * The properties of one member of a batch as they are stored. 4.x appends the envelope's to each member's own, and the
 * last one of a name counts: a unique key on the envelope hides those of all members.
 */
export function storedMemberProperties(sent: string, envelope: string, major: 4 | 5): string {
  return major === 5 ? sent : join(join(sent, envelope), encodeProperties([CLUSTER]));
}

function join(first: string, second: string): string {
  return first === '' || first.endsWith(PROPERTY_SEPARATOR) ? first + second : first + PROPERTY_SEPARATOR + second;
}

/** The size that a broker compares with its limit: 4.x writes no separator behind the last property. */
export const storedBytes = (properties: string, major: 4 | 5): number =>
  Buffer.byteLength(properties) - (major === 4 && properties.endsWith(PROPERTY_SEPARATOR) ? 1 : 0);
