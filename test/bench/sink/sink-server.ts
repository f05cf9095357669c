/** A name server and brokers in one: what the benchmarks send to. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { SinkConnection } from './sink-connection.js';
import { QUEUES, type SinkOptions } from './sink-options.js';

const HOST = '127.0.0.1';

export interface SinkServer {
  /** The address of the name server, which is the first broker too. */
  readonly nameServers: string;
  /** Takes no more connections. */
  close(): void;
}

/** Resolves when all of its brokers listen. */
export async function startSinkServer(options: SinkOptions): Promise<SinkServer> {
  let route = '';
  const listen = async (): Promise<Server> => {
    const server = createServer((socket) => new SinkConnection(socket, options, route)).listen(0, HOST);
    await once(server, 'listening');
    return server;
  };
  const brokers = await Promise.all(Array.from({ length: options.brokers }, listen));
  const addresses = brokers.map((server) => `${HOST}:${(server.address() as AddressInfo).port}`);
  route = routeTo(addresses);
  return {
    nameServers: addresses[0] ?? '',
    close: () => {
      for (const broker of brokers) broker.close();
    },
  };
}

/** The route of every topic. */
const routeTo = (addresses: readonly string[]): string =>
  JSON.stringify({
    brokerDatas: addresses.map((address, n) => ({
      brokerAddrs: { 0: address },
      brokerName: `sink-${n}`,
      cluster: 'sink',
    })),
    filterServerTable: {},
    queueDatas: addresses.map((_, n) => ({
      brokerName: `sink-${n}`,
      perm: 6,
      readQueueNums: QUEUES,
      topicSysFlag: 0,
      writeQueueNums: QUEUES,
    })),
  });
