/** ali-ons under load. */
import { promiseLoad } from './promise-load.js';

const { load, address, topic, body, run } = promiseLoad();
const { Producer, Message } = load('ali-ons');
const silent = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => undefined]));

const producer = new Producer({
  nameSrv: address,
  producerGroup: 'bench',
  logger: silent,
  // It asks for one, and uses it only to find name servers.
  httpclient: {},
});
await producer.ready();
await run(() => {
  const message = new Message(topic, 'tag', body);
  message.keys = ['key'];
  message.properties.city = 'Basel';
  return producer.send(message);
});
process.exit(0);
