import { ClientTable } from '../../../src/testing/client-table.js';
import type { Sender } from '../../../src/testing/sender.js';
import { sender } from './handler-kit.js';

function channel(): Sender & { close(): void } {
  const acts: (() => void)[] = [];
  return { ...sender, whenClosed: (act) => void acts.push(act), close: () => acts.forEach((act) => act()) };
}

test('a client is found by its id, and by each of its groups', () => {
  const table = new ClientTable();
  const one = channel();
  table.heartbeat('c1', ['orders', 'bills'], one);
  expect([table.channelOf('c1'), table.channelOfGroup('orders'), table.channelOfGroup('bills')]).toEqual([
    one,
    one,
    one,
  ]);
  expect([table.channelOf('c2'), table.channelOfGroup('letters')]).toEqual([undefined, undefined]);
});

test('the clients of one group take turns', () => {
  const table = new ClientTable();
  const [one, other] = [channel(), channel()];
  table.heartbeat('c1', ['orders'], one);
  table.heartbeat('c2', ['orders'], other);
  const turns = [1, 2, 3, 4].map(() => table.channelOfGroup('orders'));
  expect(turns.filter((found) => found === one)).toHaveLength(2);
  expect(turns.filter((found) => found === other)).toHaveLength(2);
});

test('a client is found by the connection that told a group last, and by each for its groups', () => {
  const table = new ClientTable();
  const [before, after] = [channel(), channel()];
  table.heartbeat('c1', ['orders', 'bills'], before);
  table.heartbeat('c1', ['orders'], after);
  expect([table.channelOf('c1'), table.channelOfGroup('bills')]).toEqual([after, before]);
  expect(table.membersOf('orders')).toHaveLength(2);
});

test('a client that took one group back is not found by its id until it tells a new one, but by its groups', () => {
  const table = new ClientTable();
  const one = channel();
  table.heartbeat('c1', ['orders', 'bills'], one);
  table.unregister('c1', 'bills', one);
  table.heartbeat('c1', ['orders'], one);
  expect([table.channelOf('c1'), table.channelOfGroup('orders')]).toEqual([undefined, one]);
  table.heartbeat('c1', ['orders', 'bills'], one);
  expect(table.channelOf('c1')).toBe(one);
});

test('a group is taken back by its connection, and who is found by an id is forgotten by that id', () => {
  const table = new ClientTable();
  const one = channel();
  table.heartbeat('c1', ['orders', 'bills'], one);
  table.unregister('somebody else', 'bills', one);
  table.unregister('c1', 'letters', one);
  expect([table.channelOf('c1'), table.channelOfGroup('orders')]).toEqual([one, one]);
  expect(table.channelOfGroup('bills')).toBeUndefined();
});

test('a group that was taken back, and a client whose connection is gone, are forgotten', () => {
  const table = new ClientTable();
  const gone = channel();
  table.heartbeat('c1', ['orders', 'bills'], gone);
  table.unregister('c1', 'bills', gone);
  table.unregister('c1', undefined, gone);
  expect([table.channelOfGroup('bills'), table.channelOfGroup('orders')]).toEqual([undefined, gone]);
  gone.close();
  expect([table.channelOf('c1'), table.channelOfGroup('orders')]).toEqual([undefined, undefined]);
});

test('the clients of a group are told with the ends of their connections', () => {
  const table = new ClientTable();
  const gone = channel();
  table.heartbeat('c1', ['orders'], channel());
  table.heartbeat('c2', ['orders', 'bills'], gone);
  const { remoteAddress: address } = sender;
  expect(table.membersOf('orders')).toEqual([
    { clientId: 'c1', address },
    { clientId: 'c2', address },
  ]);
  gone.close();
  expect([table.membersOf('orders'), table.membersOf('bills')]).toEqual([[{ clientId: 'c1', address }], []]);
});

test('a client is not found by its id any more when any connection that told it closes, until one tells a new group', () => {
  const table = new ClientTable();
  const [old, now] = [channel(), channel()];
  table.heartbeat('c1', ['orders'], old);
  table.heartbeat('c1', ['orders'], now);
  expect(table.channelOf('c1')).toBe(now);
  old.close();
  table.heartbeat('c1', ['orders'], now);
  expect([table.channelOf('c1'), table.channelOfGroup('orders')]).toEqual([undefined, now]);
  table.heartbeat('c1', ['orders', 'bills'], now);
  expect(table.channelOf('c1')).toBe(now);
});

test('a connection may tell several clients', () => {
  const table = new ClientTable();
  const [one, namesake] = [channel(), channel()];
  table.heartbeat('c1', ['orders'], one);
  table.heartbeat('c1@x', ['c1@x'], one);
  table.heartbeat('c1', ['orders'], namesake);
  namesake.close();
  expect([table.channelOf('c1'), table.channelOf('c1@x')]).toEqual([undefined, one]);
});
