/** What makes a message more than a message: half of a transaction, a request, a reply. What it is for is not known here. */
import type { RocketMQError } from '../../errors/rocketmq-error.js';

export interface MessageKind {
  /** The system's own properties, encoded (`properties.ts`); added behind those of the caller when these were checked. */
  readonly properties: string;
  /** Bits of the sysFlag. */
  readonly sysFlag: number;
  /** It goes to a client that asked, by a request of its own (SEND_REPLY_MESSAGE_V2). */
  readonly isReply?: boolean | undefined;
  /** What is wrong with sending a message with these encoded properties as one of this kind, if anything is. */
  readonly problem?: ((properties: string) => RocketMQError | undefined) | undefined;
}
