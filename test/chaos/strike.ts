/** Makes a fault of the plan happen to an embedded cluster, and ends it again. What follows from it is not its business. */
import {
  type ActiveRule,
  answerBytes,
  busy,
  delay,
  disconnect,
  drop,
  dropAnswer,
  duplicateAnswer,
  type EmbeddedCluster,
  type EmbeddedNameServer,
  type Reply,
  type ServerControls,
} from 'rx-rocketmq/testing';
import type { BROKER_VERBS, CLIENT_VERBS, Fault, NAME_SERVER_VERBS } from './fault-plan.js';

/** A fault that is on. */
export interface Strike {
  /** Ends it; resolves with how many connections or requests it has hit, where that can be told. */
  end(): Promise<number>;
}

const SHARE_OF_SENDS = 0.3;
/** Some of the answers come before their attempt is given up, some after. */
const DELAY_MS = 700;
const GARBAGE = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');

export function strike(cluster: EmbeddedCluster, fault: Fault): Promise<Strike> {
  if (fault.target === 'broker') return brokerStrikes[fault.verb](brokerOf(cluster, fault.broker), fault);
  if (fault.target === 'name server') return nameServerStrikes[fault.verb](cluster.nameServer);
  return clientStrikes[fault.verb](fault);
}

const scripted =
  (reply: Reply) =>
  async (broker: ServerControls, { seed }: Fault): Promise<Strike> => {
    const when = { code: 'SEND_MESSAGE_V2', probability: SHARE_OF_SENDS, seed } as const;
    return endOf(broker.script({ when, reply }));
  };

const brokerStrikes: Readonly<
  Record<(typeof BROKER_VERBS)[number], (broker: ServerControls, fault: Fault) => Promise<Strike>>
> = {
  kill: (broker) => killed(broker, false),
  'kill, stays in routes': (broker) => killed(broker, true),
  pause: async (broker) => {
    broker.pause();
    return { end: async () => resumed(broker) };
  },
  'stop reading': async (broker) => {
    broker.stopReading();
    return { end: async () => resumed(broker) };
  },
  'cut connections': async ({ connections }) => {
    for (const connection of connections) connection.disconnect();
    return { end: async () => connections.length };
  },
  busy: scripted(busy()),
  drop: scripted(drop()),
  'drop answer': scripted(dropAnswer()),
  'disconnect before storing': scripted(disconnect('before-storing')),
  'disconnect after storing': scripted(disconnect('after-storing')),
  'end after storing': scripted(disconnect('after-storing', 'end')),
  'duplicate answer': scripted(duplicateAnswer()),
  delay: scripted(delay(DELAY_MS)),
  garbage: scripted(answerBytes(GARBAGE)),
};

const nameServerStrikes: Readonly<
  Record<(typeof NAME_SERVER_VERBS)[number], (nameServer: EmbeddedNameServer) => Promise<Strike>>
> = {
  kill: (nameServer) => killed(nameServer, false),
  empty: async (nameServer) => {
    nameServer.empty();
    return {
      end: async () => {
        nameServer.refill();
        return nameServer.connections.length;
      },
    };
  },
  pause: async (nameServer) => {
    nameServer.pause();
    return { end: async () => resumed(nameServer) };
  },
  drop: async (nameServer) => endOf(nameServer.script({ reply: drop() })),
};

const clientStrikes: Readonly<Record<(typeof CLIENT_VERBS)[number], (fault: Fault) => Promise<Strike>>> = {
  // Client and servers share this event loop: all of them stand still.
  'block the event loop': async ({ forMs }) => {
    const until = performance.now() + forMs;
    while (performance.now() < until);
    return { end: async () => 1 };
  },
};

async function killed(server: ServerControls, staysInRoutes: boolean): Promise<Strike> {
  const hit = server.connections.length;
  await server.kill({ staysInRoutes });
  return {
    end: async () => {
      await server.restart();
      return hit;
    },
  };
}

const endOf = (rule: ActiveRule): Strike => ({
  end: async () => {
    rule.stop();
    return rule.applied;
  },
});

function resumed(server: ServerControls): number {
  server.resume();
  return server.connections.length;
}

function brokerOf(cluster: EmbeddedCluster, index: number): ServerControls {
  const broker = cluster.brokers[index];
  if (broker === undefined) throw new Error(`the cluster has no broker ${index}`);
  return broker;
}
