/**
 * Keeps an instance name to one process of this machine, by a UDP port that the name stands for. Nothing is sent or
 * received there. Who wants its name to be exclusive is not decided here.
 * The rule is that of old Java clients: port 33333 + |hash of the name| % 10000.
 */
import { createSocket } from 'node:dgram';
import { createError } from '../errors/rocketmq-error.js';
import { javaHashCode } from '../protocol/java-hash.js';

/** A name that nobody else on this machine can claim until it is given up. */
export interface InstanceNameClaim {
  /** Resolves when the port is free again. Never rejects. */
  giveUp(): Promise<void>;
}

const FIRST_PORT = 33_333;
const PORTS = 10_000;

/** The port that a name stands for. **Different names may stand for one port.** */
export function portOfInstanceName(instanceName: string): number {
  return FIRST_PORT + Math.abs(javaHashCode(instanceName) % PORTS);
}

/**
 * Claims a name. Rejects with RMQ_INSTANCE_NAME_TAKEN when its port cannot be bound: another process has the name, or, by
 * bad luck, the port. The claim does not keep the process alive, and ends with it.
 */
export function claimInstanceName(instanceName: string): Promise<InstanceNameClaim> {
  const port = portOfInstanceName(instanceName);
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', (cause) => {
      socket.close();
      const what = `the instance name ${instanceName} is taken: UDP port ${port} cannot be bound (${cause.message})`;
      reject(createError('RMQ_INSTANCE_NAME_TAKEN', what, { detail: { instanceName, port }, cause }));
    });
    // Exclusive, or the workers of one cluster (node:cluster) would share the port instead of competing for it.
    socket.bind({ port, exclusive: true }, () => {
      socket.removeAllListeners('error').on('error', () => {});
      socket.unref();
      resolve({ giveUp: () => new Promise((closed) => socket.close(closed)) });
    });
  });
}
