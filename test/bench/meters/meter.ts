/** What measures a run while it goes on: it is told each outcome, and gives its figures at the end. */

export interface Meter<Figures> {
  /** Counts a message that has its receipt. `sentAt` is when it was read from the source, or 0 where that is not known. */
  settled(sentAt: number): void;
  /** Returns what was measured. Throws where fewer messages were settled than were to be measured. */
  figures(): Figures;
}

export interface Span {
  /** Messages before the first one that is measured. */
  readonly warmUp: number;
  readonly messages: number;
}
