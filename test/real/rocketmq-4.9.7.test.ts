/** What is tested against real RocketMQ 4.9.7 on brokers with default settings. */
import { describeReal } from './describe-real.js';
import { plainSuites } from './real-suites.js';

describeReal('4.9.7', plainSuites);
