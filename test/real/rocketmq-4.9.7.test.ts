/** Everything that is tested against real RocketMQ 4.9.7, on one cluster. */
import { describeReal } from './describe-real.js';
import { realSuites } from './real-suites.js';

describeReal('4.9.7', realSuites);
