/** Everything that `npm run bench` can be asked for. */
import { publish } from '../publish/publish.js';
import { adaptiveWindow } from './adaptive-window.js';
import { backpressure } from './backpressure.js';
import { caseScenarios } from './case-scenarios.js';
import { compareClients } from './compare.js';
import type { Scenario } from './scenario.js';

export const allScenarios: readonly Scenario[] = [
  ...caseScenarios,
  compareClients,
  backpressure,
  adaptiveWindow,
  publish,
];
