import { BrokerRegistration } from '../../../src/client/broker-registration.js';
import { ConnectionPool } from '../../../src/connection/connection-pool.js';
import { type Logger, silentLogger } from '../../../src/observe/logger.js';
import { heartBeat } from '../../../src/protocol/requests/heart-beat.js';
import { ResponseCode } from '../../../src/protocol/response-codes.js';
import { Clock } from '../../../src/time/clock.js';
import { DeadlineSweep } from '../../../src/time/deadline-sweep.js';
import { groupsInHeartbeats, groupsThatLeft, heartbeatsAt, SampleCluster } from './sample-cluster.js';

function registrationOn(cluster: SampleCluster, logger: Logger = silentLogger): BrokerRegistration {
  const clock = new Clock(cluster.network.scheduler);
  const { dial } = cluster.network;
  const pool = new ConnectionPool({ clock, sweep: new DeadlineSweep(clock), logger: silentLogger, dial });
  const brokerAddresses = (): ReadonlySet<string> => new Set(['a:10911', 'b:10911']);
  return new BrokerRegistration({ clientId: '192.0.2.2@test', pool, clock, brokerAddresses, logger });
}

describe('registration at the brokers', () => {
  test('names client and groups to every broker', async () => {
    const cluster = new SampleCluster();
    const brokers = [cluster.broker('a'), cluster.broker('b')];
    const registration = registrationOn(cluster);
    registration.add('g1');
    registration.add('g2');
    await Promise.all([registration.heartbeat(), cluster.network.play(5)]);
    for (const broker of brokers) {
      expect(groupsInHeartbeats(broker)).toEqual([['g1', 'g2']]);
      const body = Buffer.from(broker.requests[0]?.command.body ?? []).toString();
      expect(JSON.parse(body)).toMatchObject({ clientID: '192.0.2.2@test' });
    }
  });

  test('greets a broker on a new connection, once, and not where a heartbeat was on its way already', async () => {
    const cluster = new SampleCluster();
    const [one, other] = [cluster.broker('a'), cluster.broker('b')];
    const clock = new Clock(cluster.network.scheduler);
    const sweep = new DeadlineSweep(clock);
    const pool = new ConnectionPool({ clock, sweep, logger: silentLogger, dial: cluster.network.dial });
    const brokerAddresses = (): ReadonlySet<string> => new Set(['b:10911']);
    const options = { clientId: '192.0.2.2@test', pool, clock, brokerAddresses, logger: silentLogger };
    const registration = new BrokerRegistration(options);
    await registration.greet(pool.get('a:10911'));
    registration.add('g');
    await Promise.all([registration.heartbeat(), cluster.network.play(5)]);
    for (const address of ['a:10911', 'a:10911', 'b:10911']) void registration.greet(pool.get(address));
    await cluster.network.play(5);
    expect([groupsInHeartbeats(one), groupsInHeartbeats(other)]).toEqual([[['g']], [['g']]]);
  });

  test('a broker that did not hear who is here is told again, also where its version is known already', async () => {
    const cluster = new SampleCluster();
    let isSilent = true;
    const broker = cluster.broker('a', ({ code }) =>
      isSilent && code === heartBeat.code ? undefined : { code: ResponseCode.SUCCESS, fields: new Map() },
    );
    const registration = registrationOn(cluster);
    registration.add('leaves');
    registration.add('stays');
    await Promise.all([registration.remove('leaves'), cluster.network.play(3200)]);
    await Promise.all([registration.introduce(), cluster.network.play(3200)]);
    expect(heartbeatsAt(broker)).toHaveLength(1);
    isSilent = false;
    await Promise.all([registration.heartbeat(), cluster.network.play(5)]);
    expect(heartbeatsAt(broker)).toHaveLength(2);
    expect(registration.introduce()).toBeUndefined();
  });

  test('a broker that keeps silent is waited for once, not every half minute', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('a', () => undefined);
    cluster.broker('b');
    const registration = registrationOn(cluster);
    registration.add('g');
    await Promise.all([registration.introduce(), cluster.network.play(3200)]);
    for (let beats = 0; beats < 3; beats++) {
      await Promise.all([registration.heartbeat(), cluster.network.play(30_000)]);
      expect(registration.introduce()).toBeUndefined();
    }
    expect(heartbeatsAt(broker)).toHaveLength(4);
  });

  test('who was told by an ordinary heartbeat needs no introduction', async () => {
    const cluster = new SampleCluster();
    cluster.broker('a');
    cluster.broker('b');
    const registration = registrationOn(cluster);
    registration.add('g');
    await Promise.all([registration.heartbeat(), cluster.network.play(5)]);
    expect(registration.introduce()).toBeUndefined();
  });

  test('opens no connection to tell a broker that goes away', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('a', () => ({
      code: ResponseCode.GO_AWAY,
      remark: 'please go away',
      fields: new Map(),
    }));
    cluster.broker('b');
    const warned: object[] = [];
    const registration = registrationOn(cluster, { ...silentLogger, warn: (o) => void warned.push(o) });
    registration.add('g');
    await Promise.all([registration.heartbeat(), cluster.network.play(5)]);
    expect(broker.requests).toHaveLength(1);
    expect(warned).toHaveLength(1);
  });

  test('needs a group', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('a');
    const registration = registrationOn(cluster);
    await registration.heartbeat();
    registration.add('g');
    await Promise.all([registration.remove('g'), cluster.network.play(5)]);
    await registration.heartbeat();
    await cluster.network.play(5);
    expect(heartbeatsAt(broker)).toEqual([]);
    expect(groupsThatLeft(broker)).toEqual(['g']);
  });

  test('names the client to brokers only when its last group leaves: they forget the client that is named', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('a');
    cluster.broker('b');
    const registration = registrationOn(cluster);
    for (const group of ['g1', 'g2']) registration.add(group);
    for (const group of ['g1', 'g2']) await Promise.all([registration.remove(group), cluster.network.play(5)]);
    expect(groupsThatLeft(broker)).toEqual(['g1', 'g2']);
    const named = broker.requests.map(({ command }) => command.fields.get('clientID'));
    expect(named).toEqual(['192.0.2.2@test leaving', '192.0.2.2@test']);
  });

  test('a reply name is told as a client with a group of its own, in every heartbeat until it is removed', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('a');
    cluster.broker('b');
    const registration = registrationOn(cluster);
    registration.add('g');
    await Promise.all([registration.introduce(), cluster.network.play(5)]);
    registration.addReplyName('name');
    await Promise.all([registration.introduce(), cluster.network.play(5)]);
    expect(registration.introduce()).toBeUndefined();
    await Promise.all([registration.heartbeat(), cluster.network.play(5)]);
    const told = broker.requests.map(({ command: { body } }) => JSON.parse(Buffer.from(body ?? []).toString()));
    expect(told).toMatchObject([
      { clientID: '192.0.2.2@test', producerDataSet: [{ groupName: 'g' }] },
      ...[0, 1].flatMap(() => [
        { clientID: '192.0.2.2@test', producerDataSet: [{ groupName: 'g' }] },
        { clientID: 'name', producerDataSet: [{ groupName: 'name' }] },
      ]),
    ]);
    await Promise.all([registration.removeReplyName('name'), cluster.network.play(5)]);
    expect(groupsThatLeft(broker)).toEqual(['name']);
    expect(broker.requests.at(-1)?.command.fields.get('clientID')).toBe('name');
    await Promise.all([registration.heartbeat(), cluster.network.play(5)]);
    expect(groupsInHeartbeats(broker).at(-1)).toEqual(['g']);
  });

  test('does not tell the brokers of a group that never was here', async () => {
    const cluster = new SampleCluster();
    const broker = cluster.broker('a');
    await registrationOn(cluster).remove('g');
    await cluster.network.play(5);
    expect(broker.requests).toEqual([]);
  });

  test('is not spoiled by a broker that is down, refuses or keeps silent: it is only logged', async () => {
    const cluster = new SampleCluster();
    cluster.broker('a', () => ({ code: ResponseCode.NO_PERMISSION, fields: new Map() }));
    const warned: string[] = [];
    const informed: string[] = [];
    const note = (lines: string[]) => (o: object) => void lines.push('address' in o ? String(o.address) : '?');
    const registration = registrationOn(cluster, { ...silentLogger, warn: note(warned), info: note(informed) });
    registration.add('g');
    await Promise.all([registration.heartbeat(), cluster.network.play(100)]);
    expect(warned.sort()).toEqual(['a:10911', 'b:10911']);
    cluster.broker('b', () => undefined);
    await Promise.all([registration.remove('g'), cluster.network.play(3200)]);
    expect(informed.sort()).toEqual(['a:10911', 'b:10911']);
  });
});

test('of thousands of brokers 256 are told, those first that are connected to', async () => {
  const cluster = new SampleCluster();
  const dialed: string[] = [];
  const clock = new Clock(cluster.network.scheduler);
  const pool = new ConnectionPool({
    clock,
    sweep: new DeadlineSweep(clock),
    logger: silentLogger,
    dial: (address, receiver) => {
      dialed.push(address);
      return cluster.network.dial(address, receiver);
    },
  });
  const addresses = Array.from({ length: 4096 }, (_, index) => `10.1.${index >> 8}.${index & 255}:10911`);
  const [last = ''] = addresses.slice(-1);
  pool.get(last);
  const told: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void told.push(fields) };
  const options = { clientId: '192.0.2.2@test', pool, clock, brokerAddresses: () => new Set(addresses), logger };
  const registration = new BrokerRegistration(options);
  registration.add('g');
  await Promise.all([registration.heartbeat(), cluster.network.play(4000)]);
  expect(told[0]).toEqual({ brokers: 4096, told: 256 });
  expect(new Set(dialed)).toEqual(new Set([last, ...addresses.slice(0, 255)]));
  pool.closeAll();
});
