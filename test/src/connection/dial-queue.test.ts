import { DialQueue } from '../../../src/connection/dial-queue.js';

/** A connection that only notes that it is dialed. */
class Fake {
  state: 'dialing' | 'open' | 'closed' = 'dialing';
  readonly #name: number;
  readonly #dialed: number[];

  constructor(name: number, dialed: number[]) {
    this.#name = name;
    this.#dialed = dialed;
  }

  open(): void {
    this.#dialed.push(this.#name);
  }
}

function setUp(count: number) {
  const dialed: number[] = [];
  const connections = Array.from({ length: count }, (_, name) => new Fake(name, dialed));
  const queue = new DialQueue();
  const end = (name: number): void => {
    const connection = connections[name];
    if (connection === undefined) throw new Error(`there is no ${name}`);
    connection.state = 'open';
    queue.ended(connection);
  };
  return { dialed, connections, queue, end };
}

test('sixteen of the background are dialed at a time, in order, however many there are', () => {
  const { dialed, connections, queue, end } = setUp(4096);
  for (const connection of connections) queue.add(connection, false);
  expect([dialed.length, queue.size]).toEqual([16, 4080]);
  for (let name = 0; name < 4096; name++) end(name);
  expect(dialed).toEqual(connections.map((_, name) => name));
});

test('what is sent to is dialed at once beside them, and first of those that wait', () => {
  const { dialed, connections, queue, end } = setUp(200);
  for (const connection of connections.slice(0, 100)) queue.add(connection, false);
  for (const connection of connections.slice(100)) queue.add(connection, true);
  expect(dialed).toEqual([...Array(16).keys(), ...Array.from({ length: 48 }, (_, index) => 100 + index)]);
  dialed.length = 0;
  for (let name = 0; name < 16; name++) end(name);
  expect(dialed).toEqual(Array.from({ length: 16 }, (_, index) => 148 + index));
});

test('one of the background is hurried when something is sent on it', () => {
  const { dialed, connections, queue } = setUp(100);
  for (const connection of connections) queue.add(connection, false);
  const last = connections[99];
  if (last !== undefined) queue.hurry(last);
  expect(dialed).toEqual([...Array(16).keys(), 99]);
});

test('one that was closed while it waited is not dialed', () => {
  const { dialed, connections, queue, end } = setUp(18);
  for (const connection of connections) queue.add(connection, false);
  const waiting = connections[16];
  if (waiting !== undefined) waiting.state = 'closed';
  end(0);
  expect(dialed).toEqual([...Array(16).keys(), 17]);
});

test('dials that fail at once grow no stack', () => {
  const { dialed, connections, queue } = setUp(100_000);
  for (const connection of connections) {
    connection.open = function (this: Fake) {
      Fake.prototype.open.call(this);
      this.state = 'closed';
      queue.ended(this);
    };
    queue.add(connection, false);
  }
  expect([dialed.length, queue.size]).toEqual([100_000, 0]);
});
