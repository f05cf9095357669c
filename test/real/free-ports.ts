/**
 * Ports for servers that will listen, be killed and listen again: taken below the range from which the system serves
 * outgoing connections, so that nothing moves in while a server is down.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST = 11_000;
const HIGHEST = 31_000;
/** Each worker of jest takes from a share of its own: what one has found free, another must not be about to use. */
const SHARES = 8;
const SHARE = (HIGHEST - LOWEST) / SHARES;
const lowest = LOWEST + SHARE * (Number(process.env['JEST_WORKER_ID'] ?? 0) % SHARES);
const highest = lowest + SHARE;

/** A port on which, and on whose neighbours at the given distances, nobody listens now. */
export async function freePort(neighbours: readonly number[] = []): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(lowest, highest);
    const wanted = [port, ...neighbours.map((distance) => port + distance)];
    const free = await Promise.all(wanted.map(isFree));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`found no free port between ${lowest} and ${highest}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}
