/** What is tested against real RocketMQ 5.5.0 on brokers with other settings, profile by profile. */
import { describeReal } from './describe-real.js';
import { otherProfileSuites } from './real-suites.js';

describeReal('5.5.0', otherProfileSuites);
