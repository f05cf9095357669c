/** Says where the address of a server comes from, for errors about one that cannot be reached or does not answer. */

/** Where an address was learned. */
export interface ServerOrigin {
  /** The brokers that have this address; several behind a proxy. */
  readonly brokerNames: readonly string[];
  /** The name server that told the route. */
  readonly nameServer: string;
  /** The address in the route, which `mapBrokerAddress` may have changed. */
  readonly told: string;
}

/** Brokers that are named; a proxy may stand for thousands. */
const MAX_NAMES = 3;

/** ` (broker-a, from the route of the name server 10.0.0.1:9876)`; empty for an address of unknown origin. */
export function originInWords(address: string, origin: ServerOrigin | undefined): string {
  if (origin === undefined) return '';
  const { brokerNames, nameServer, told } = origin;
  const names = brokerNames.slice(0, MAX_NAMES).join(', ') + (brokerNames.length > MAX_NAMES ? ' and others' : '');
  const changed = told === address ? '' : `; there it is ${told}, which mapBrokerAddress or vipChannel changed`;
  return ` (${names}, from the route of the name server ${nameServer}${changed})`;
}

/** The same for `detail` of an error. */
export const originDetail = (origin: ServerOrigin | undefined): Readonly<Record<string, string>> =>
  origin === undefined ? {} : { nameServer: origin.nameServer };

/** Why a server that routes lead to may never answer, as far as its origin tells; otherwise empty. */
export function silenceInWords(address: string, origin: ServerOrigin | undefined): string {
  if (origin === undefined || (origin.nameServer !== address && origin.nameServer !== origin.told)) return '';
  return '; it is name server and broker in one, as proxies are: a proxy of 5.x in cluster mode does not answer a send to a broker that it does not know, and one in local mode may answer none';
}
