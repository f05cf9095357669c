/** Which way connections take: plain or TLS, directly or through proxies. The ways themselves are the dials. */
import type { Sealed } from '../access/sealed.js';
import type { CallbackContext } from '../callbacks/async-context.js';
import { createTcpDial, type Dial } from './dial.js';
import { createSocksDial, plainOver } from './socks-dial.js';
import type { SocksProxiesGiven } from './socks-proxies.js';
import { createTlsDial, type TlsGiven, tlsOver } from './tls-dial.js';

export interface DialChoice {
  readonly tls?: Sealed<TlsGiven> | undefined;
  readonly socksProxy?: Sealed<SocksProxiesGiven> | undefined;
  /** Where a function that gives the options of TLS runs. */
  readonly callerContext?: CallbackContext | undefined;
}

/** The dial for what is configured; plain TCP where nothing is. */
export function chooseDial({ tls, socksProxy, callerContext }: DialChoice): Dial {
  const direct = tls === undefined ? createTcpDial() : createTlsDial(tls, callerContext);
  if (socksProxy === undefined) return direct;
  return createSocksDial(socksProxy, direct, tls === undefined ? plainOver : tlsOver(tls, callerContext));
}
