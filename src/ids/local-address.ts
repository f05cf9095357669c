/**
 * Chooses the address by which this machine names itself in client ids and unique keys, as the Java client chooses it.
 * It does not find out under which address anybody can reach this machine.
 * Source: UtilAll.getIP and NetworkUtil.getLocalAddress (5.5.0).
 */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** One address of one interface that is up. */
export interface LocalAddress {
  readonly address: string;
  /** A bridge, a point-to-point link or a second name of another interface: no address to know a machine by. */
  readonly isSecondary: boolean;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

const internal = new BlockList();
internal.addSubnet('10.0.0.0', 8);
internal.addSubnet('127.0.0.0', 8);
internal.addSubnet('172.16.0.0', 12);
internal.addSubnet('192.168.0.0', 16);
internal.addAddress('::', 'ipv6');
internal.addAddress('::1', 'ipv6');
internal.addSubnet('fe80::', 10, 'ipv6');
// The old site-local range. Unique-local addresses (fd00::/8) count as public in Java, and so they do here.
internal.addSubnet('fec0::', 10, 'ipv6');

/**
 * The addresses of this machine, interface by interface, in the order of the operating system. Never throws: where they
 * cannot be read (a sandbox, a system call that is forbidden), `onUnreadable` is called with the reason, and one random
 * address stands for them, the same as long as the process lives.
 */
export function localAddresses(onUnreadable?: (reason: unknown) => void): readonly LocalAddress[] {
  try {
    return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
      const isSecondary = isSecondaryInterface(name);
      return addresses.map(({ address }) => ({ address, isSecondary }));
    });
  } catch (reason) {
    onUnreadable?.(reason);
    standIn ??= { address: `240.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`, isSecondary: false };
    return [standIn];
  }
}

/** Of a range that is reserved: nobody can take it for the address of a machine. */
let standIn: LocalAddress | undefined;

/**
 * The address inside a client id: the first public IPv4 address, else the last internal one, else an IPv6 address in
 * brackets; `127.0.0.1` on a machine without any.
 */
export function clientAddress(addresses: readonly LocalAddress[] = localAddresses()): string {
  const candidates = addresses.filter((a) => !a.isSecondary && !isIn(loopback, a.address)).map((a) => a.address);
  const v4 = candidates.filter((address) => isIPv4(address));
  const v6 = candidates.filter((address) => !isIPv4(address));
  const chosen = v4.find(isPublic) ?? v4.at(-1);
  if (chosen !== undefined) return chosen;
  const chosenV6 = v6.find(isPublic) ?? v6[0];
  return chosenV6 === undefined ? '127.0.0.1' : `[${chosenV6}]`;
}

/**
 * The address inside a unique key, as 4 or 16 bytes: the first public address of either family, else the first internal
 * IPv4 address that is not a loopback one, else a loopback one; `undefined` on a machine without any.
 */
export function keyAddress(addresses: readonly LocalAddress[] = localAddresses()): Buffer | undefined {
  const all = addresses.map((a) => a.address);
  const v4 = all.filter((address) => isIPv4(address));
  const chosen = all.find(isPublic) ?? v4.find((address) => !isIn(loopback, address)) ?? v4[0];
  return chosen === undefined ? undefined : addressBytes(chosen);
}

function isPublic(address: string): boolean {
  return !isIn(internal, address);
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** The 4 or 16 bytes of an address that is known to be well formed. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const left = groupBytes(head);
  const right = groupBytes(tail ?? '');
  return Buffer.from([...left, ...Array<number>(16 - left.length - right.length).fill(0), ...right]);
}

function groupBytes(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    // The last 32 bits of an IPv6 address may be written as an IPv4 one.
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const FLAG_POINT_TO_POINT = 0x10;

/** Node does not tell what kind an interface is; Linux does, in files. Where they cannot be read only the name speaks. */
function isSecondaryInterface(name: string): boolean {
  if (name.includes(':')) return true;
  const folder = `/sys/class/net/${name}`;
  try {
    // Node's permission model makes this throw.
    if (existsSync(`${folder}/bridge`)) return true;
    return (Number(readFileSync(`${folder}/flags`, 'latin1')) & FLAG_POINT_TO_POINT) !== 0;
  } catch {
    return false;
  }
}
