/**
 * What both header encodings carry: the fields of a RocketMQ remoting command as one plain value.
 * Source: RemotingCommand.java (5.5.0). The hot paths do not build one; see `received-frame.ts` and `send-frame.ts`.
 */
import type { FrameBuffer } from './frame-buffer.js';

/** How the header of one frame is written; every frame says which by its serialize-type byte. */
export type HeaderEncoding = 'json' | 'binary';

/** Bit 0 of `flag`: the frame is an answer. */
export const FLAG_RESPONSE = 1;
/** Bit 1 of `flag`: nobody waits for an answer. */
export const FLAG_ONEWAY = 2;

/** The language this client declares: the one that every server since 4.0 knows (LanguageCode.java). */
export const LANGUAGE = { name: 'OTHER', code: 7 } as const;

/**
 * The version this client declares, V5_5_0 (MQVersion.java): new enough for strict JSON routes (401 and above), and for
 * GO_AWAY from servers that shut down gracefully (above 475; they go on serving older clients until they are gone).
 */
export const CLIENT_VERSION = 513;

export interface Command {
  readonly code: number;
  readonly opaque: number;
  readonly flag: number;
  readonly version: number;
  /** Name of the language; undefined where the peer sent none or an unknown one. */
  readonly language: string | undefined;
  readonly remark: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Uint8Array | undefined;
}

/** A frame that writes itself into the buffer of whichever connection it is sent on. */
export interface OutgoingFrame {
  /**
   * Called once and synchronously, when `opaque` and the encoding the server takes are known. `requestFields` are what
   * every request of this client carries besides its own fields; answers do not have them, and sends have them already.
   */
  writeTo(
    out: FrameBuffer,
    opaque: number,
    encoding: HeaderEncoding,
    requestFields?: ReadonlyMap<string, string>,
  ): void;
}
