/**
 * Instance names that are exclusive on one machine, by the UDP port that each stands for. They are chosen anew for each
 * use: the same suites may be running a second time, against another target.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** The sum that Java makes of a string. */
function javaHash(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at++) sum = (Math.imul(31, sum) + text.charCodeAt(at)) | 0;
  return sum;
}

/** Takes the port of a name, as old Java clients do; undefined when somebody has it. */
async function claim(name: string): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ port: 33_333 + Math.abs(javaHash(name) % 10_000), exclusive: true });
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return undefined;
  }
}

/** A name beginning with `prefix`, and the socket that keeps everybody else from having it. */
export async function takenInstanceName(prefix: string): Promise<{ readonly name: string; readonly holder: Socket }> {
  for (;;) {
    const name = `${prefix}-${Math.random().toString(36).slice(2)}`;
    const holder = await claim(name);
    if (holder !== undefined) return { name, holder };
  }
}

/** A name beginning with `prefix` that nobody on this machine has. */
export async function freeInstanceName(prefix: string): Promise<string> {
  const { name, holder } = await takenInstanceName(prefix);
  holder.close();
  await once(holder, 'close');
  return name;
}
