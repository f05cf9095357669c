/**
 * Finds the client instance of a client id, or makes it: producers with one client id share one. What they share is
 * `client-instance.ts`.
 * Source: MQClientManager.java (5.5.0).
 */
import { createError } from '../errors/rocketmq-error.js';
import { DEFAULT_INSTANCE_NAME, formatClientId, uniqueInstanceName } from '../ids/client-id.js';
import { clientAddress } from '../ids/local-address.js';
import { isSameZone, type Zone } from '../protocol/client-fields.js';
import { ClientInstance, type ClientInstanceConfig, clusterOf } from './client-instance.js';

// Behind Symbol.for, because an ESM and a CJS copy of this library may be loaded at once.
const INSTANCES = Symbol.for('rx-rocketmq.client-instances');
const shared: typeof globalThis & { [INSTANCES]?: Map<string, ClientInstance> } = globalThis;

type ClientIdConfig = Pick<ClientInstanceConfig, 'clientIp' | 'unitName' | 'instanceName' | 'streamRequestType'>;

/** The client id that `config` amounts to; without an instance name of its own one that nobody else has, each time. */
export function clientIdOf(config: ClientIdConfig): string {
  const { clientIp = clientAddress(), unitName, instanceName = DEFAULT_INSTANCE_NAME } = config;
  const name = instanceName === DEFAULT_INSTANCE_NAME ? uniqueInstanceName() : instanceName;
  return formatClientId({ clientIp, instanceName: name, unitName, isStream: config.streamRequestType });
}

/**
 * The instance of the client id that `config` amounts to, with one more user, who calls `release()` in the end. **Whoever
 * comes first decides**: everything else in the configuration of later users is ignored, which is logged where it sends
 * them to another cluster, as another user or another way (TLS, proxies) than they ask for. Only another `namespaceV2`
 * and another `zone` are refused (RMQ_CONFIG_INVALID): messages would get where nobody looks for them.
 *
 * Without an instance name, and with the name `DEFAULT`, nobody shares. (The internal producer of an instance, which
 * Java exempts from that, lives inside of its instance and is not found here.)
 */
export function acquireClientInstance(config: ClientInstanceConfig, clientId = clientIdOf(config)): ClientInstance {
  const instances = (shared[INSTANCES] ??= new Map());
  let instance = instances.get(clientId);
  if (instance === undefined) {
    instance = new ClientInstance(clientId, config, () => instances.delete(clientId));
    instances.set(clientId, instance);
  } else if (instance.namespaceV2 !== config.namespaceV2) {
    throw cannotShare(clientId, 'namespaceV2', instance.namespaceV2, config.namespaceV2);
  } else if (!isSameZone(instance.zone, config.zone)) {
    throw cannotShare(clientId, 'zone', inWords(instance.zone), inWords(config.zone));
  } else if (instance.cluster !== clusterOf(config)) {
    config.logger.warn(
      { clientId, used: instance.cluster },
      'a client instance is shared by producers with different name servers',
    );
  } else {
    for (const option of instance.otherAccess(config)) {
      config.logger.warn({ clientId }, `a client instance is shared by producers with different ${option}`);
    }
  }
  instance.addUser();
  return instance;
}

function cannotShare(clientId: string, option: string, its: string | undefined, wanted: string | undefined): Error {
  const text = `the client instance ${clientId} has the ${option} ${its ?? '(none)'}, not ${wanted ?? '(none)'}`;
  return createError('RMQ_CONFIG_INVALID', `${text}; another instanceName makes another instance`, {
    detail: { clientId },
  });
}

const inWords = (zone: Zone | undefined): string | undefined =>
  zone && `${zone.name ?? '(no name)'} with the mode ${zone.mode ?? '(none)'}`;
