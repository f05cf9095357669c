import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { claimInstanceName, portOfInstanceName } from '../../../src/client/exclusive-instance-name.js';

// Java: "shop".hashCode() is 3529462, "orders" -1008770331, and the last one Integer.MIN_VALUE.
test.each([
  ['shop', 33_333 + 9462],
  ['orders', 33_333 + 331],
  ['polygenelubricants', 33_333 + 3648],
])('the name %s stands for UDP port %d', (name, port) => {
  expect(portOfInstanceName(name)).toBe(port);
});

test('a name is taken as long as it is claimed', async () => {
  const name = `claim ${process.pid}`;
  const claim = await claimInstanceName(name);
  const taken = { code: 'RMQ_INSTANCE_NAME_TAKEN', detail: { instanceName: name, port: portOfInstanceName(name) } };
  await expect(claimInstanceName(name)).rejects.toMatchObject(taken);
  await claim.giveUp();
  await (await claimInstanceName(name)).giveUp();
});

test('another process has the name, and gives it up by ending', async () => {
  const name = `other process ${process.pid}`;
  const program = `require('node:dgram').createSocket('udp4').bind(${portOfInstanceName(name)}, () => console.log('bound'))`;
  const other = spawn(process.execPath, ['-e', program]);
  await once(other.stdout, 'data');
  await expect(claimInstanceName(name)).rejects.toMatchObject({ code: 'RMQ_INSTANCE_NAME_TAKEN', retryable: false });
  other.kill('SIGKILL');
  await once(other, 'exit');
  await (await claimInstanceName(name)).giveUp();
});

test('nothing is left of a claim that failed', async () => {
  const name = `failed ${process.pid}`;
  const socket = createSocket('udp4');
  await new Promise<void>((bound) => socket.bind(portOfInstanceName(name), bound));
  await expect(claimInstanceName(name)).rejects.toThrow('UDP port');
  await new Promise<void>((closed) => socket.close(closed));
  await (await claimInstanceName(name)).giveUp();
});
