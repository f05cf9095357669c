/**
 * A real RocketMQ cluster on loopback: a name server and brokers from the published artifacts, with the verbs that faults
 * are made of, and a judge that says what is stored. Nothing of it survives the tests (see guardian.ts).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RealSetup, ServerProperties } from '../conformance/profiles.js';
import type { Artifacts, RocketMQVersion } from './artifacts.js';
import { freePort } from './free-ports.js';
import { Guardian } from './guardian.js';
import { JavaProcess } from './java-process.js';
import { Judge } from './judge.js';
import { startProxy } from './proxy.js';

export interface ClusterOptions extends RealSetup {
  readonly brokers: number;
}

export interface RealBroker {
  readonly name: string;
  readonly address: string;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has ended. */
  terminate(): Promise<void>;
  /** SIGSTOP: alive, connected, silent. */
  stop(): void;
  /** SIGCONT. */
  resume(): void;
  /** After `kill` or `terminate`: starts it again on what it had stored; resolves when the name server knows it again. */
  restart(): Promise<void>;
}

export interface RealCluster {
  readonly version: RocketMQVersion;
  readonly nameServer: string;
  readonly brokers: readonly RealBroker[];
  readonly judge: Judge;
  /** The address of the proxy's remoting port, where there is one. */
  readonly proxy: string | undefined;
  /** kill -9, `downMs` without a name server, then an empty one; resolves when all brokers have registered again. */
  restartNameServer(downMs: number): Promise<void>;
  /** Kills everything and removes what it wrote. */
  shutdown(): Promise<void>;
}

/** A server that has ended is noticed at once; one that is alive may be slow. */
const READY_LIMIT_MS = 100_000;
/** The fast port and the replication port of a broker, as distances from its port. */
const BROKER_NEIGHBOURS = [-2, 1];
const OPENS = ['java.nio', 'sun.nio.ch', 'java.lang', 'java.util', 'jdk.internal.ref'];
const JVM_FLAGS = [
  ...OPENS.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '-XX:+UseSerialGC', // the collector with the fewest threads: many JVMs share few cores here
  '-Djava.net.preferIPv4Stack=true',
  '-Drocketmq.broker.diskSpaceWarningLevelRatio=0.98',
];
/** 4.9.7 insists on finding these below ROCKETMQ_HOME. */
const LOGBACK_FILES = ['logback_namesrv.xml', 'logback_broker.xml'];
const LOGBACK = '<configuration><root level="OFF"/></configuration>\n';
const BROKER_PROPERTIES = {
  brokerClusterName: 'DefaultCluster',
  brokerId: 0,
  brokerIP1: '127.0.0.1',
  brokerRole: 'ASYNC_MASTER',
  flushDiskType: 'ASYNC_FLUSH',
  autoCreateTopicEnable: true,
  mappedFileSizeCommitLog: 67_108_864, // small for the disk's sake; must exceed the largest message
  mappedFileSizeConsumeQueue: 600_000,
  diskMaxUsedSpaceRatio: 95,
  registerNameServerPeriod: 10_000,
  // 200 ms would make a busy machine refuse what it was too slow to look at, and drop oneway messages without a word
  waitTimeMillsInSendQueue: 2000,
  // 5.x waits in a loop that leaves a core no rest until this time is over for the first time, by default 10 s
  transactionMetricFlushInterval: 500,
  // 5.x copies all of its timer wheel each time, by default every second; read back is what was delivered, not the wheel
  timerFlushIntervalMs: 5000,
  // the judge reads everything back: let it take more than 32 messages or 256 KiB at a time
  maxTransferCountOnMessageInMemory: 1024,
  maxTransferBytesOnMessageInMemory: 8_388_608,
  maxTransferCountOnMessageInDisk: 1024,
  maxTransferBytesOnMessageInDisk: 8_388_608,
};

/** Resolves when every broker has registered at the name server and is warm. */
export async function bootCluster(artifacts: Artifacts, options: ClusterOptions): Promise<RealCluster> {
  const guardian = new Guardian(`rocketmq-${artifacts.version}`);
  try {
    return await boot(guardian, artifacts, options);
  } catch (error) {
    await guardian.end();
    throw error;
  }
}

async function boot(guardian: Guardian, artifacts: Artifacts, options: ClusterOptions): Promise<RealCluster> {
  const server = serverStarter(guardian, artifacts, options);
  const nameServerPort = await freePort();
  const nameServer = `127.0.0.1:${nameServerPort}`;
  const startNameServer = (): JavaProcess =>
    server('namesrv', 'org.apache.rocketmq.namesrv.NamesrvStartup', ['-Xms128m', '-Xmx256m'], {
      bindAddress: '127.0.0.1',
      listenPort: nameServerPort,
      ...options.nameServer,
    });
  let nameServerProcess = startNameServer();
  const judge = new Judge(guardian, artifacts, nameServer, options.judge);
  await awaitTrue('listening name server', () => isListening(nameServerPort), [nameServerProcess]);

  const brokers: RealBroker[] = [];
  const processes = new Map<string, JavaProcess>();
  const awaitRegistered = (names: readonly string[]): Promise<void> =>
    awaitTrue(
      `registration of ${names.join(', ')}`,
      async () => {
        const registered = await judge.brokers();
        return names.every((name) => registered.has(name));
      },
      [nameServerProcess, ...processes.values()],
    );

  for (let index = 0; index < options.brokers; index++) {
    const name = `broker-${String.fromCharCode('a'.charCodeAt(0) + index)}`;
    const port = await freePort(BROKER_NEIGHBOURS);
    const start = (): JavaProcess =>
      server(
        name,
        'org.apache.rocketmq.broker.BrokerStartup',
        ['-Xms512m', '-Xmx512m', '-XX:MaxDirectMemorySize=512m'],
        {
          ...BROKER_PROPERTIES,
          brokerName: name,
          namesrvAddr: nameServer,
          bindAddress: '127.0.0.1',
          listenPort: port,
          haListenPort: port + 1,
          storePathRootDir: join(guardian.folder, name),
          storePathCommitLog: join(guardian.folder, name, 'commitlog'),
          ...(typeof options.broker === 'function' ? options.broker(name) : options.broker),
        },
      );
    let process = start();
    processes.set(name, process);
    brokers.push({
      name,
      address: `127.0.0.1:${port}`,
      kill: () => process.kill(),
      terminate: () => process.terminate(),
      stop: () => process.signal('SIGSTOP'),
      resume: () => process.signal('SIGCONT'),
      restart: async () => {
        process = start();
        processes.set(name, process);
        await awaitRegistered([name]);
      },
    });
  }
  await awaitRegistered([...processes.keys()]);
  await warmUp(judge, options.warmUpMessages);

  const proxy = options.proxy && (await startProxy(guardian, artifacts, nameServer, options.proxy));
  if (proxy !== undefined) await awaitTrue('listening proxy', () => isListening(proxy.port), [proxy.process]);
  return {
    version: artifacts.version,
    nameServer,
    brokers,
    judge,
    proxy: proxy?.address,
    restartNameServer: async (downMs) => {
      await nameServerProcess.kill();
      await delay(downMs);
      nameServerProcess = startNameServer();
      await awaitTrue('listening name server', () => isListening(nameServerPort), [nameServerProcess]);
      await awaitRegistered([...processes.keys()]);
    },
    shutdown: () => guardian.end(),
  };
}

/** Brokers whose code was never run answer busy to the first burst they get, and that is no test of anybody. */
async function warmUp(judge: Judge, messages = 200): Promise<void> {
  await judge.createTopic('Warmup', 1);
  await judge.produce('Warmup', messages, 0);
}

type ServerStarter = (
  name: string,
  main: string,
  memory: readonly string[],
  properties: ServerProperties,
) => JavaProcess;

/** Both kinds of server take a properties file and a home folder. */
function serverStarter(
  guardian: Guardian,
  artifacts: Artifacts,
  { files = {}, jvmFlags = [] }: RealSetup,
): ServerStarter {
  const conf = join(guardian.folder, 'conf');
  mkdirSync(conf);
  for (const [path, text] of Object.entries(files)) {
    const file = join(guardian.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const file of LOGBACK_FILES) writeFileSync(join(conf, file), LOGBACK);
  return (name, main, memory, properties) => {
    const file = join(conf, `${name}.properties`);
    writeFileSync(
      file,
      Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    );
    return new JavaProcess(guardian, {
      name,
      classPath: artifacts.classPath,
      jvmFlags: [...JVM_FLAGS, ...memory, ...(typeof jvmFlags === 'function' ? jvmFlags(name) : jvmFlags)],
      program: [main, '-c', file],
      env: { ROCKETMQ_HOME: guardian.folder },
    });
  };
}

async function awaitTrue(what: string, check: () => Promise<boolean>, needed: readonly JavaProcess[]): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS;
  while (!(await check())) {
    for (const process of needed) process.assertAlive();
    if (performance.now() > deadline) {
      throw new Error(
        `no ${what} after ${READY_LIMIT_MS} ms\n${needed.map((process) => process.logTail()).join('\n')}`,
      );
    }
    await delay(100);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
