/** The conformance suites against the embedded broker as 5.5.0. */
import { embeddedConformance } from './embedded-conformance.js';

describe('conformance of the embedded cluster as 5.5.0', () => {
  embeddedConformance('5.5.0');
});
