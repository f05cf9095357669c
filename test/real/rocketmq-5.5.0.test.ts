/** Everything that is tested against real RocketMQ 5.5.0, on one cluster. */
import { describeReal } from './describe-real.js';
import { realSuites } from './real-suites.js';

describeReal('5.5.0', realSuites);
