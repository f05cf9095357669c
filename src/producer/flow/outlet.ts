/**
 * The end of a pipeline, as the stages know it: where the outcome of a message goes that an operator between the stages
 * did not pass on. Everything else gets there by itself.
 */
import { Ambient } from './ambient.js';
import type { Envelope } from '../message/envelope.js';

export interface Outlet {
  /** The envelope was settled, and the operators in between do not let it through. */
  takeDropped(envelope: Envelope): void;
}

/** Published by `settle`, found by `admit`. */
export const ambientOutlet = new Ambient<Outlet>('outlet');
