/** Everything that `npm run bench` can be asked for. */
import { adaptiveWindow } from './adaptive-window.js';
import { backpressure } from './backpressure.js';
import { caseScenarios } from './case-scenarios.js';
import type { Scenario } from './scenario.js';

export const allScenarios: readonly Scenario[] = [...caseScenarios, backpressure, adaptiveWindow];
