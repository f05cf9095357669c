/**
 * What the benchmarks send to, in a process of its own: a name server and brokers in one. Its argument is SinkOptions in
 * JSON. Prints the address of the name server, which is the first broker too, when all of them listen.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { SinkConnection } from './sink-connection.js';
import { QUEUES, type SinkOptions } from './sink-options.js';

const HOST = '127.0.0.1';
const options: SinkOptions = JSON.parse(process.argv[2] ?? '');
let route = '';

async function listen(): Promise<Server> {
  const server = createServer((socket) => new SinkConnection(socket, options, route)).listen(0, HOST);
  await once(server, 'listening');
  return server;
}

const addressOf = (server: Server): string => `${HOST}:${(server.address() as AddressInfo).port}`;

const brokers = await Promise.all(Array.from({ length: options.brokers }, listen));
route = JSON.stringify({
  brokerDatas: brokers.map((broker, n) => ({
    brokerAddrs: { 0: addressOf(broker) },
    brokerName: `sink-${n}`,
    cluster: 'sink',
  })),
  filterServerTable: {},
  queueDatas: brokers.map((_, n) => ({
    brokerName: `sink-${n}`,
    perm: 6,
    readQueueNums: QUEUES,
    topicSysFlag: 0,
    writeQueueNums: QUEUES,
  })),
});
process.stdout.write(`${brokers.map(addressOf)[0]}\n`);
