/** What a special message asks of its broker. Which messages are special is not said here. */

/** The property of a special message, and what it asks of the broker. */
export interface SpecialProperty {
  readonly name: string;
  readonly value: string;
  /** The oldest broker that does it (MQVersion ordinal); 0 for any. */
  readonly minBrokerVersion: number;
}
