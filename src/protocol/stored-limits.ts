/**
 * How much the layouts of stored messages can hold: each limit here is the width of one of their fields. What a broker is
 * configured to take is not known here.
 * Source: MessageDecoder.java, MessageExtEncoder.java, BatchConsumeQueue.java (5.5.0), and what real brokers stored.
 */
const MAX_INT16 = 2 ** 15 - 1;
const MAX_INT32 = 2 ** 31 - 1;

/** Bytes of a topic name, the namespace in front of it included. Brokers of 5.x could store more, and refuse it. */
export const MAX_TOPIC_LENGTH = 127;

/** UTF-8 bytes of the properties of one message, what the broker adds included. */
export const MAX_PROPERTIES_BYTES = MAX_INT16;

/** What a broker adds to those of every message at least: `CLUSTER`, with the name that clusters have by default. */
const ADDED_BY_BROKERS_BYTES = 22;
/** What it leaves out of those that this client sends, if it is 4.x: `WAIT`. */
const LEFT_OUT_BY_BROKERS_BYTES = 10;

/** UTF-8 bytes of properties as sent: what 4.9.7 can store of them. 5.x adds more of its own, and takes about 50 less. */
export const MAX_SENT_PROPERTIES_BYTES = MAX_PROPERTIES_BYTES - ADDED_BY_BROKERS_BYTES + LEFT_OUT_BY_BROKERS_BYTES;

/** Bytes of the name of a light queue, which brokers keep in a folder of that name. */
export const MAX_LIGHT_QUEUE_NAME_BYTES = 255;

/**
 * Messages in one batch. A broker that stores a batch as one record counts its messages in 16 bits; 5.5.0 acknowledges
 * more, and from then on loses what is sent to that queue.
 */
export const MAX_BATCH_MEMBERS = MAX_INT16;

export const MAX_QUEUE_ID = MAX_INT32;

export const MAX_PRIORITY = MAX_INT32;

/** Whether the value can be stored as a message's `flag`, which has a sign. */
export const isInt32 = (value: unknown): value is number => typeof value === 'number' && (value | 0) === value;
