/** Reads what a user reads of every receipt, its id and its offset, and counts it. */
import type { SendReceipt } from 'rx-rocketmq';
import type { Run } from './way.js';

/** Throws where there is nothing to read. */
export function readReceipt(run: Run, receipt: SendReceipt<number>): void {
  if (receipt.msgId === '' || receipt.queueOffset < 0n) throw new Error('a receipt without id or offset');
  run.settled(receipt.context);
}
