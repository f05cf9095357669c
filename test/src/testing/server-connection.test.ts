import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { ServerConnection } from '../../../src/testing/server-connection.js';
import { RawClient } from './raw-client.js';

/** Both ends of one connection; what the server gets is answered by `onOpaque`. */
async function pair(onOpaque: (opaque: number, connection: ServerConnection) => void) {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const accepted = once(listener, 'connection');
  const client = await RawClient.connect(`127.0.0.1:${(listener.address() as AddressInfo).port}`);
  const [socket] = await accepted;
  let closed = 0;
  const connection: ServerConnection = new ServerConnection({
    socket,
    version: 513,
    onFrame: ({ opaque }) => onOpaque(opaque, connection),
    onClose: () => closed++,
  });
  const end = async (): Promise<void> => {
    await client.close();
    listener.close();
    await once(listener, 'close');
    // The listener knows that its last socket is gone a turn before the socket says so.
    await new Promise(setImmediate);
  };
  return { client, connection, end, closedTimes: () => closed };
}

const answerAll = (opaque: number, connection: ServerConnection): void =>
  connection.answer(opaque, { code: 0 }, 'json');

test('it knows the address and the version of its client', async () => {
  const { client, connection, end } = await pair(answerAll);
  expect(connection.clientVersion).toBe(0);
  await client.request('HEART_BEAT', { version: 399 });
  expect([connection.clientVersion, connection.remoteAddress]).toEqual([399, `127.0.0.1:${connection.remotePort}`]);
  await end();
});

test('answers after the connection is gone go nowhere, without harm', async () => {
  const { client, connection, end, closedTimes } = await pair(() => undefined);
  connection.disconnect();
  await client.closed;
  connection.answer(1, { code: 0 }, 'json');
  connection.sendBytes(Buffer.of(1));
  connection.sendRequest({ code: 40, opaque: 1 });
  connection.disconnect('end');
  await end();
  expect(client.received).toEqual([]);
  expect(closedTimes()).toBe(1);
});

test('a reset right behind an orderly end still closes: Node refuses to reset such a socket, and would keep it for good', async () => {
  const { connection, end, closedTimes } = await pair(() => undefined);
  connection.disconnect('end');
  connection.disconnect('reset');
  await end();
  expect(closedTimes()).toBe(1);
});

describe('what goes wrong while reading', () => {
  const heartBeat = Buffer.concat([
    Buffer.of(0, 0, 0, 38, 0, 0, 0, 34),
    Buffer.from('{"code":34,"flag":0,"opaque":1000}'),
  ]);

  function reading(onFrame: () => void): Socket {
    const socket = new Socket();
    const connection = new ServerConnection({ socket, version: 513, onFrame, onClose: () => undefined });
    expect(connection.remotePort).toBe(0);
    return socket;
  }

  test('is the fault of the client where bytes are no frame: the connection ends', () => {
    const socket = reading(() => undefined);
    socket.emit('data', Buffer.from('GET / HTTP/1.1\r\n'));
    expect(socket.destroyed).toBe(true);
  });

  test('is not hidden where it is a mistake of whoever handles frames', () => {
    const socket = reading(() => {
      throw new TypeError('mistake');
    });
    expect(() => socket.emit('data', heartBeat)).toThrow('mistake');
  });
});
