/**
 * The bits of a message's sysFlag. Source: MessageSysFlag.java (5.5.0).
 */
export const SysFlag = {
  COMPRESSED: 0x1,
  /** A half message: its transaction is not ended. */
  TRANSACTION_PREPARED: 0x4,
  /** The message of a transaction that was committed. */
  TRANSACTION_COMMIT: 0x8,
  TRANSACTION_ROLLBACK: 0xc,
  TRANSACTION_BITS: 0xc,
  BORN_HOST_V6: 0x10,
  STORE_HOST_V6: 0x20,
  /** A consumer has to take the record of a batch apart. */
  NEED_UNWRAP: 0x40,
  /** The record of a batch; see `testing/batch-record.ts`. */
  INNER_BATCH: 0x80,
  /** Which compression, where COMPRESSED is set; none of them means zlib, too, as written by old clients. */
  COMPRESSION_TYPES: 0x700,
  LZ4: 0x100,
  ZSTD: 0x200,
  ZLIB: 0x300,
} as const;
