/** What is tested against real RocketMQ 5.5.0 on brokers with default settings. */
import { describeReal } from './describe-real.js';
import { plainSuites } from './real-suites.js';

describeReal('5.5.0', plainSuites);
