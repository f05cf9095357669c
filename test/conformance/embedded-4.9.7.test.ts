/** The conformance suites against the embedded broker as 4.9.7. */
import { embeddedConformance } from './embedded-conformance.js';

describe('conformance of the embedded cluster as 4.9.7', () => {
  embeddedConformance('4.9.7');
});
