/** rocketmq-client-nodejs, the gRPC client of RocketMQ 5, under load. */
import { promiseLoad } from './promise-load.js';

const { load, address, topic, body, run } = promiseLoad();
const { Producer } = load('rocketmq-client-nodejs');
const silent = Object.fromEntries(['debug', 'info', 'warn', 'error', 'close'].map((level) => [level, () => undefined]));

const producer = new Producer({ endpoints: address, topics: [topic], logger: silent, requestTimeout: 30_000 });
await producer.startup();
await run(() => producer.send({ topic, tag: 'tag', keys: ['key'], properties: new Map([['city', 'Basel']]), body }));
process.exit(0);
