/** A name server and brokers on a `MemoryNetwork`, as far as a client instance talks to them. */
import { silentLogger } from '../../../src/observe/logger.js';
import { ClientInstance, type ClientInstanceConfig } from '../../../src/client/client-instance.js';
import type { TopicRouteData } from '../../../src/protocol/route-data.js';
import { getRouteInfo } from '../../../src/protocol/requests/get-route-info.js';
import { heartBeat } from '../../../src/protocol/requests/heart-beat.js';
import { unregisterClient } from '../../../src/protocol/requests/unregister-client.js';
import { ResponseCode } from '../../../src/protocol/response-codes.js';
import type { SampleBroker } from '../route/sample-routes.js';
import { sampleRoute } from '../route/sample-routes.js';
import { MemoryNetwork, type MemoryServer, type Service } from './memory-network.js';

export class SampleCluster {
  readonly network = new MemoryNetwork();
  readonly routes = new Map<string, TopicRouteData>();
  readonly nameServer: MemoryServer;

  constructor() {
    this.nameServer = this.network.serve('ns:9876', (frame) => {
      const route = this.routes.get(getRouteInfo.decodeRequest(frame).topic);
      return route === undefined
        ? { code: ResponseCode.TOPIC_NOT_EXIST, fields: new Map() }
        : getRouteInfo.response(route);
    });
  }

  has(topic: string, ...brokers: readonly SampleBroker[]): void {
    this.routes.set(topic, sampleRoute(...brokers));
  }

  /** A broker at `<name>:10911`, or at its slave's address; by default it answers everything with success. */
  broker(name: string, service: Service = () => ({ code: ResponseCode.SUCCESS, fields: new Map() })): MemoryServer {
    return this.network.serve(`${name}:10911`, service);
  }

  /** An instance that has one user. */
  instance(config: Partial<ClientInstanceConfig> = {}): ClientInstance {
    const instance = new ClientInstance('192.0.2.2@test', this.config(config), () => undefined);
    instance.addUser();
    return instance;
  }

  config(config: Partial<ClientInstanceConfig> = {}): ClientInstanceConfig {
    return {
      nameServers: ['ns:9876'],
      clientIp: '192.0.2.2',
      instanceName: 'test',
      createTopicKey: 'TBW102',
      defaultTopicQueueNums: 4,
      routeRefreshMs: 30_000,
      heartbeatMs: 30_000,
      logger: silentLogger,
      scheduler: this.network.scheduler,
      dial: this.network.dial,
      ...config,
    };
  }
}

/** The groups that each heartbeat of a broker named, by time. */
export const heartbeatsAt = (broker: MemoryServer): readonly number[] => broker.timesOf(heartBeat.code);

export const groupsInHeartbeats = (broker: MemoryServer): readonly (readonly string[])[] =>
  broker.requests
    .filter(({ command }) => command.code === heartBeat.code)
    .map(({ command }) => {
      const body: unknown = JSON.parse(Buffer.from(command.body ?? []).toString());
      const { producerDataSet } = body as { producerDataSet: { groupName: string }[] };
      return producerDataSet.map(({ groupName }) => groupName);
    });

/** The groups that left a broker. */
export const groupsThatLeft = (broker: MemoryServer): readonly (string | undefined)[] =>
  broker.requests
    .filter(({ command }) => command.code === unregisterClient.code)
    .map(({ command }) => command.fields.get('producerGroup'));
