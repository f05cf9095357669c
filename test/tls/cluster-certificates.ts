/** The certificates of the servers that speak TLS in the capabilities' profiles, and of who may speak to them. */
import type { ConnectionOptions } from 'node:tls';
import { Authority, type Certificate } from './certificates.js';

/** Not an address: who dials must say whom it expects. */
export const SERVER_NAME = 'rocketmq.test';

export interface ClusterCertificates {
  readonly authority: Authority;
  readonly server: Certificate;
  readonly client: Certificate;
}

let made: ClusterCertificates | undefined;

/** Made when they are first asked for, once for the process. */
export function clusterCertificates(): ClusterCertificates {
  if (made === undefined) {
    const authority = new Authority('conformance authority');
    made = { authority, server: authority.sign(`DNS:${SERVER_NAME}`), client: authority.sign('DNS:client.test') };
  }
  return made;
}

/** What a client needs to be let in. */
export function clientTls(): ConnectionOptions {
  const { authority, client } = clusterCertificates();
  return { ca: authority.ca, key: client.key, cert: client.cert, servername: SERVER_NAME };
}

/** For servers that take nothing but TLS, and clients only with a certificate; they are clients of each other, too. */
export function serverFlags(): readonly string[] {
  const { authority, server } = clusterCertificates();
  return [
    ...clientFlags(),
    '-Dtls.server.mode=enforcing',
    `-Dtls.server.certPath=${server.certFile}`,
    `-Dtls.server.keyPath=${server.keyFile}`,
    `-Dtls.server.trustCertPath=${authority.caFile}`,
    '-Dtls.server.authClient=true',
    '-Dtls.server.need.client.auth=require',
  ];
}

/** For a Java client of such servers. It looks at the CA, never at the name. */
export function clientFlags(): readonly string[] {
  const { authority, client } = clusterCertificates();
  return [
    '-Dtls.enable=true',
    '-Dtls.test.mode.enable=false',
    '-Dtls.client.authServer=true',
    `-Dtls.client.trustCertPath=${authority.caFile}`,
    `-Dtls.client.certPath=${client.certFile}`,
    `-Dtls.client.keyPath=${client.keyFile}`,
  ];
}
