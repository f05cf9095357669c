/**
 * Where brokers take sends apart from everything else: their VIP channel, a second port two below the first. Who sends
 * there is not decided here. Source: MixAll.brokerVIPChannel, BrokerController.fastRemotingServer (5.5.0).
 */

const PORTS_BELOW = 2;
const MAX_REMEMBERED = 10_000;

/** The address of the VIP channel of the broker at `address`; `address` itself where two below it is no port. */
export function vipAddress(address: string): string {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1)) - PORTS_BELOW;
  return colon >= 0 && port > 0 ? `${address.slice(0, colon)}:${port}` : address;
}

/** `vipAddress`, worked out once for each address and not for each message. */
export class VipAddresses {
  readonly #known = new Map<string, string>();

  of(address: string): string {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    const vip = vipAddress(address);
    this.#known.set(address, vip);
    return vip;
  }
}
