/**
 * Finds the client instance of a client id, or makes it: producers with one client id share one. What they share is
 * `client-instance.ts`.
 * Source: MQClientManager.java (5.5.0).
 */
import { internalKey } from '../errors/copies.js';
import { createError } from '../errors/rocketmq-error.js';
import { DEFAULT_INSTANCE_NAME, formatClientId, uniqueInstanceName } from '../ids/client-id.js';
import { clientAddress, localAddresses } from '../ids/local-address.js';
import { ClientInstance, type ClientInstanceConfig, clusterOf } from './client-instance.js';

/** Shared by all copies of this version of the library. */
const INSTANCES = Symbol.for(internalKey('client-instances'));
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
 * comes first decides**: everything else in the configuration of later users is ignored, which is logged where it makes
 * them ask other name servers of the cluster, be another user or go another way (TLS, proxies) than they ask for. Refused
 * (RMQ_CONFIG_INVALID) are who asks for another `namespaceV2` or `zone`, for name servers of which none is the same, for
 * TLS where there is none, or for servers that prove who they are where any is trusted: their messages would get where
 * nobody looks for them, or be read by others.
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
    localAddresses((reason) =>
      config.logger.debug(
        { clientId, reason: String(reason) },
        'no address of this machine can be read: a random one is used',
      ),
    );
  } else {
    const why = instance.leadsAstray(config);
    if (why !== undefined) {
      const text = `${why}; another instanceName makes another instance`;
      throw createError('RMQ_CONFIG_INVALID', text, { detail: { clientId } });
    }
    if (instance.cluster !== clusterOf(config)) {
      config.logger.warn(
        { clientId, used: instance.cluster },
        'a client instance is shared by producers with different name servers',
      );
    }
    for (const option of instance.otherAccess(config)) {
      config.logger.warn({ clientId }, `a client instance is shared by producers with different ${option}`);
    }
  }
  instance.addUser();
  return instance;
}
