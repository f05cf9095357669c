/**
 * How brokers are set up for the capabilities that need more than defaults: each profile once for embedded and for real
 * servers. A profile is booted once per target, and only when a case asks for it. Boots nothing itself.
 */
import {
  amendAnswer,
  type EmbeddedCluster,
  type EmbeddedClusterOptions,
  type ReadOptions,
  type ReleaseName,
} from '../../src/testing/index.js';
import { clientFlags, clientTls, clusterCertificates, serverFlags } from '../tls/cluster-certificates.js';
import { ADMIN } from './access-users.js';

/** Settings of a server as in its properties file. */
export type ServerProperties = Readonly<Record<string, string | number | boolean>>;

/** Of real servers, over what `test/real/cluster.ts` sets for all. */
export interface RealSetup {
  /** Of every broker, or by its name. */
  readonly broker?: ServerProperties | ((brokerName: string) => ServerProperties);
  readonly nameServer?: ServerProperties;
  /** Further flags of the JVMs of the servers, of all or by name: `namesrv`, or a broker's. */
  readonly jvmFlags?: readonly string[] | ((server: string) => readonly string[]);
  /** Files below ROCKETMQ_HOME, by path; written before anything starts. */
  readonly files?: Readonly<Record<string, string>>;
  /** Messages that are sent to warm the brokers up, where the usual 200 would take too long. */
  readonly warmUpMessages?: number;
  /** With a proxy before the brokers, set up like this; 5.x only. */
  readonly proxy?: ServerProperties;
  /** How the judge gets in. */
  readonly judge?: {
    readonly jvmFlags?: readonly string[];
    readonly credentials?: { readonly accessKey: string; readonly secretKey: string };
  };
}

export interface Profile {
  /** In the page, after "brokers". */
  readonly what: string;
  /** Each real one costs half a gigabyte and some seconds: one, unless the capability is about several. */
  readonly brokers: number;
  readonly embedded?: (release: ReleaseName) => Omit<EmbeddedClusterOptions, 'brokers' | 'release'>;
  /** What no option of the embedded cluster can say, as a script of its servers. */
  readonly prepareEmbedded?: (cluster: EmbeddedCluster, release: ReleaseName) => void;
  /** How the reader of the embedded cluster gets in, where not everybody does. */
  readonly reader?: () => ReadOptions;
  readonly real?: (release: ReleaseName) => RealSetup;
}

const AUTH = 'org.apache.rocketmq.auth';
/** The same for brokers and proxies. */
const ACL_2_SETTINGS: ServerProperties = {
  authenticationEnabled: true,
  authenticationProvider: `${AUTH}.authentication.provider.DefaultAuthenticationProvider`,
  innerClientAuthenticationCredentials: JSON.stringify(ADMIN),
  authorizationEnabled: true,
  authorizationProvider: `${AUTH}.authorization.provider.DefaultAuthorizationProvider`,
};
const ACL_2: RealSetup = {
  broker: {
    ...ACL_2_SETTINGS,
    authenticationMetadataProvider: `${AUTH}.authentication.provider.LocalAuthenticationMetadataProvider`,
    initAuthenticationUser: JSON.stringify({ username: ADMIN.accessKey, password: ADMIN.secretKey }),
    authorizationMetadataProvider: `${AUTH}.authorization.provider.LocalAuthorizationMetadataProvider`,
    traceTopicEnable: true,
  },
};
/** Proxies ask the brokers who somebody is, and remember it for some time. */
const PROXY_ACL: ServerProperties = {
  ...ACL_2_SETTINGS,
  authenticationMetadataProvider: 'org.apache.rocketmq.proxy.auth.ProxyAuthenticationMetadataProvider',
  authorizationMetadataProvider: 'org.apache.rocketmq.proxy.auth.ProxyAuthorizationMetadataProvider',
  enableAclRpcHookForClusterMode: true,
  userCacheRefreshSeconds: 1,
  aclCacheRefreshSeconds: 1,
};
const ACL_1: RealSetup = {
  broker: { aclEnable: true, traceTopicEnable: true },
  files: {
    'conf/plain_acl.yml': `accounts:\n- accessKey: ${ADMIN.accessKey}\n  secretKey: ${ADMIN.secretKey}\n  admin: true\n`,
  },
};

/** Where each broker says it is; brokers of 4.x do not say it. */
const ZONES: Readonly<Record<string, string>> = { 'broker-a': 'conf-near', 'broker-b': 'conf-far' };

/** As brokers with `traceTopicEnable`. */
const createTraceTopic = (cluster: EmbeddedCluster): void => {
  cluster.createTopic('RMQ_SYS_TRACE_TOPIC', { queues: 1 });
};

const defineProfiles = <Name extends string>(
  profiles: Readonly<Record<Name, Profile>>,
): Readonly<Record<Name, Profile>> => profiles;

/** In the order in which they are booted; `plain` shares its real cluster with the other suites of `test/real`. */
export const profiles = defineProfiles({
  plain: { what: 'with default settings', brokers: 2, embedded: () => ({ vipChannel: true }) },
  transactions: {
    what: 'that check back within seconds, and let no client create topics',
    brokers: 1,
    embedded: () => ({ autoCreateTopics: false, transactions: { timeoutMs: 1500, checkIntervalMs: 2000 } }),
    real: () => ({
      broker: { autoCreateTopicEnable: false, transactionTimeOut: 1500, transactionCheckInterval: 2000 },
    }),
  },
  timers: {
    what: 'that let messages be recalled',
    brokers: 1,
    embedded: (release) => (release === '5.5.0' ? { recallMessages: true } : {}),
    real: (release) => (release === '5.5.0' ? { broker: { recallMessageEnable: true } } : {}),
  },
  lite: {
    what: 'with light queues (LMQ)',
    brokers: 1,
    embedded: (release) => (release === '5.5.0' ? { lightQueues: true } : {}),
    real: (release) => ({
      broker: release === '5.5.0' ? { enableLmq: true, enableMultiDispatch: true, enableLiteEventMode: true } : {},
    }),
  },
  trace: {
    what: 'with a topic for traces',
    brokers: 1,
    prepareEmbedded: createTraceTopic,
    real: () => ({ broker: { traceTopicEnable: true } }),
  },
  'go-away': {
    what: 'in two zones that shut down gracefully',
    brokers: 2,
    embedded: () => ({ zones: ZONES }),
    real: () => ({
      broker: { enableShutdownGracefully: true, shutdownWaitTimeSeconds: 2 },
      jvmFlags: (server) => (ZONES[server] === undefined ? [] : [`-Drocketmq.zone=${ZONES[server]}`]),
    }),
  },
  'replica-missing': {
    what: 'of which broker-a waits for a replica that it does not have',
    brokers: 2,
    prepareEmbedded: ({ brokers: [brokerA] }, release) => {
      // 4.x looks whether there is a replica, 5.x waits for it.
      const code = release === '4.9.7' ? 'SLAVE_NOT_AVAILABLE' : 'FLUSH_SLAVE_TIMEOUT';
      brokerA.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: amendAnswer({ code }) });
    },
    real: () => ({
      warmUpMessages: 10,
      broker: (brokerName): ServerProperties =>
        brokerName === 'broker-a'
          ? { brokerRole: 'SYNC_MASTER', totalReplicas: 2, inSyncReplicas: 2, slaveTimeout: 300 }
          : {},
    }),
  },
  'access-control': {
    what: 'that check who sends (ACL 2.0 of 5.5.0, ACL 1.0 of 4.9.7)',
    brokers: 1,
    embedded: () => ({ users: [ADMIN] }),
    prepareEmbedded: createTraceTopic,
    reader: () => ({ credentials: ADMIN }),
    real: (release) => ({ ...(release === '5.5.0' ? ACL_2 : ACL_1), judge: { credentials: ADMIN } }),
  },
  tls: {
    what: 'that speak nothing but TLS, to clients with a certificate',
    brokers: 1,
    embedded: () => {
      const { authority, server } = clusterCertificates();
      const { key, cert } = server;
      return { tls: { key, cert, ca: authority.ca, mode: 'enforcing', clientAuth: 'require' } };
    },
    reader: () => ({ tls: clientTls() }),
    real: () => ({ jvmFlags: serverFlags(), judge: { jvmFlags: clientFlags() } }),
  },
  'tls-disabled': {
    what: 'that speak no TLS',
    brokers: 1,
    real: () => ({ jvmFlags: ['-Dtls.server.mode=disabled'] }),
  },
  proxy: {
    what: 'behind a 5.x proxy, and all of them check who sends (ACL 2.0)',
    brokers: 2,
    embedded: () => ({ proxy: true, users: [ADMIN] }),
    reader: () => ({ credentials: ADMIN }),
    real: () => ({ ...ACL_2, proxy: PROXY_ACL, judge: { credentials: ADMIN } }),
  },
  'small-limits': {
    what: 'that take small messages only',
    brokers: 1,
    embedded: () => ({ maxMessageBytes: 20_000 }),
    // The messages that warm brokers up are larger.
    real: () => ({ warmUpMessages: 0, broker: { maxMessageSize: 20_000 } }),
  },
});

export type ProfileName = keyof typeof profiles;
export const profileNames = Object.keys(profiles) as readonly ProfileName[];
