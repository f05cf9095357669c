/**
 * Which proxy leads to which server, by network, as Java's socksProxyConfig. How one dials through a proxy is
 * `socks-dial.ts`.
 * Source: NettyRemotingClient.getProxy (5.5.0), which takes the first entry of a hash map that fits.
 */
import { BlockList, isIP, isIPv4 } from 'node:net';

/** A SOCKS5 proxy. */
export interface SocksProxy {
  /** `host:port`. */
  readonly address: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** `host:port` of one proxy for everything, or the proxy of each network: `10.0.0.0/8`, a host, `0.0.0.0/0` for all. */
export type SocksProxiesGiven = string | Readonly<Record<string, SocksProxy>>;

const EVERYTHING = '0.0.0.0/0';

interface ProxyOfNetwork {
  readonly prefix: number;
  readonly includes: (host: string) => boolean;
  readonly proxy: SocksProxy;
}

export class SocksProxies {
  /** The narrowest first. */
  readonly #networks: readonly ProxyOfNetwork[];

  constructor(given: SocksProxiesGiven) {
    const entries = typeof given === 'string' ? { [EVERYTHING]: { address: given } } : given;
    this.#networks = Object.entries(entries)
      .map(([network, proxy]) => ({ ...readNetwork(network), proxy }))
      .sort((a, b) => b.prefix - a.prefix);
  }

  /** The proxy for a server, that of the narrowest network it is in; undefined: it is reached directly. */
  proxyFor(host: string): SocksProxy | undefined {
    return this.#networks.find(({ includes }) => includes(host))?.proxy;
  }
}

/** Whether the text names a network: an address with a prefix length, an address, or a host. */
export function isNetwork(network: string): boolean {
  const [address = '', length, ...rest] = network.split('/');
  if (rest.length > 0) return false;
  if (length === undefined) return /^[^\s:/@[\]]+$/.test(address) || isIP(address) === 6;
  const bits = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= bits;
}

function readNetwork(network: string): Omit<ProxyOfNetwork, 'proxy'> {
  // Also for names, which nobody resolves here, and for IPv6.
  if (network === EVERYTHING) return { prefix: -1, includes: () => true };
  const [address = '', length] = network.split('/');
  if (length === undefined) {
    const name = address.toLowerCase();
    return { prefix: Number.POSITIVE_INFINITY, includes: (host) => host.toLowerCase() === name };
  }
  const subnet = new BlockList();
  subnet.addSubnet(address, Number(length), familyOf(address));
  return { prefix: Number(length), includes: (host) => isIP(host) !== 0 && subnet.check(host, familyOf(host)) };
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');
