/** The proxy of a real 5.x cluster: one more server, in cluster mode, of which only the remoting port is used. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerProperties } from '../conformance/profiles.js';
import type { Artifacts } from './artifacts.js';
import { freePort } from './free-ports.js';
import type { Guardian } from './guardian.js';
import { JavaProcess } from './java-process.js';

const OPENS = ['java.nio', 'sun.nio.ch', 'java.lang', 'java.util', 'jdk.internal.ref'];
const JVM_FLAGS = [
  ...OPENS.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '-XX:+UseSerialGC',
  '-Xms256m',
  '-Xmx512m',
  '-XX:MaxDirectMemorySize=256m',
  '-Djava.net.preferIPv4Stack=true',
];

export interface RealProxy {
  /** Of its remoting port, as clients are told it. */
  readonly address: string;
  readonly port: number;
  readonly process: JavaProcess;
}

/** Starts it; whether it listens yet is for the caller to find out. It ends with its guardian. */
export async function startProxy(
  guardian: Guardian,
  { version, proxyClassPath }: Artifacts,
  nameServer: string,
  further: ServerProperties,
): Promise<RealProxy> {
  if (proxyClassPath === undefined) throw new Error(`RocketMQ ${version} has no proxy`);
  const port = await freePort();
  const home = join(guardian.folder, 'proxy');
  const settings = {
    rocketMQClusterName: 'DefaultCluster',
    proxyMode: 'CLUSTER',
    namesrvAddr: nameServer,
    remotingListenPort: port,
    remotingAccessAddr: '127.0.0.1',
    localServeAddr: '127.0.0.1',
    grpcServerPort: await freePort(),
    ...further,
  };
  mkdirSync(join(home, 'conf'), { recursive: true });
  const file = join(home, 'conf', 'rmq-proxy.json');
  writeFileSync(file, JSON.stringify(settings));
  const proxy = new JavaProcess(guardian, {
    name: 'proxy',
    classPath: proxyClassPath,
    jvmFlags: JVM_FLAGS,
    program: ['org.apache.rocketmq.proxy.ProxyStartup', '-pc', file, '-n', nameServer],
    env: { ROCKETMQ_HOME: home, RMQ_PROXY_HOME: home },
  });
  return { address: `127.0.0.1:${port}`, port, process: proxy };
}
