/** What is tested against real RocketMQ 4.9.7 on brokers with other settings, profile by profile. */
import { describeReal } from './describe-real.js';
import { otherProfileSuites } from './real-suites.js';

describeReal('4.9.7', otherProfileSuites);
