import { connect } from 'node:net';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../src/testing/index.js';
import { Authority } from '../../tls/certificates.js';

const { key, cert } = new Authority('test authority').sign('IP:127.0.0.1');
let cluster: EmbeddedCluster | undefined;
afterEach(() => cluster?.close());

/** Resolves when the server at `address` has ended the connection on which these bytes came, with what it said. */
const endOf = (address: string, bytes: Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const said: Buffer[] = [];
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host, () => socket.write(bytes));
    socket.on('data', (data) => said.push(data));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.destroy();
      resolve(Buffer.concat(said).toString());
    });
  });

test.each([
  ['one byte', Buffer.from('G')],
  ['a length that is not there yet', Buffer.from([0, 0, 0])],
  ['the beginning of a frame', Buffer.from([0, 0, 1, 0, 0, 0, 0, 0x60])],
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a record of TLS that is no handshake', Buffer.from([0x17, 3, 3, 0, 1, 0])],
])('a server that insists on TLS hangs up on plain text: %s', async (_what, bytes) => {
  cluster = await startEmbeddedCluster({ tls: { key, cert, mode: 'enforcing' } });
  const [broker] = cluster.brokers;
  for (const address of [cluster.nameServers, broker.address]) expect(await endOf(address, bytes)).toBe('');
});
