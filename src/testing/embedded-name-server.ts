/**
 * The name server of an embedded cluster: tells clients where topics are, as far as brokers have registered with it.
 */
import { EmbeddedServer } from './embedded-server.js';
import type { ServerTlsOptions } from './embedded-tls.js';
import { getRouteinfoByTopic } from './handlers/get-routeinfo-by-topic.js';
import { HandlerTable } from './handlers/handler.js';
import { NameServerState } from './name-server-state.js';
import type { ServerRelease } from './server-release.js';
import { inZones } from './zone-filter.js';

const handlers = new HandlerTable<NameServerState>([inZones(getRouteinfoByTopic)]);

/** A name server and what it knows. */
export interface NameServer {
  readonly server: EmbeddedServer;
  readonly state: NameServerState;
}

/** Makes a name server that knows no broker; it listens after `server.restart()`. */
export function createNameServer(release: ServerRelease, tls?: ServerTlsOptions): NameServer {
  const state = new NameServerState(release);
  const server = new EmbeddedServer({
    name: 'name-server',
    release,
    tls,
    // 4.x name servers keep silent about requests they do not know.
    service: (frame, sender) =>
      release.major === 4 && !handlers.knows(frame) ? undefined : handlers.answer(frame, state, sender),
  });
  return { server, state };
}
