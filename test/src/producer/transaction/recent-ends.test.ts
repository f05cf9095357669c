import { RecentEnds } from '../../../../src/producer/transaction/recent-ends.js';
import { VirtualTime } from '../../time/virtual-time.js';

const MINUTE = 60_000;
const place = { brokerName: 'broker-a', address: 'a:1' };

function ends() {
  const time = new VirtualTime();
  const recent = new RecentEnds(time.clock);
  const confirm = (...ids: string[]): void => {
    for (const id of ids) recent.begin(id, place)(true);
  };
  return { time, recent, confirm };
}

test('an end counts once it is confirmed, and is forgotten where it was not', () => {
  const { recent } = ends();
  const told = recent.begin('a', place);
  expect(recent.find('a')).toMatchObject({ place, isConfirmed: false });
  told(true);
  expect(recent.find('a')).toMatchObject({ place, isConfirmed: true });
  recent.begin('b', place)(false);
  expect(recent.find('b')).toBeUndefined();
  expect(recent.find('never')).toBeUndefined();
});

test.each([true, false])('who waits for an end learns that it is decided (%s), once for each broker', (isConfirmed) => {
  const { recent } = ends();
  const told = recent.begin('a', place);
  const heard: string[] = [];
  for (const what of ['first', 'last']) recent.find('a')?.whenDecided('a:1', () => heard.push(`a ${what}`));
  recent.find('a')?.whenDecided('b:1', () => heard.push('b'));
  expect(heard).toEqual([]);
  told(isConfirmed);
  expect(heard).toEqual(['a last', 'b']);
});

test('an end is remembered for ten minutes, and for ten more whenever it is asked for', () => {
  const { time, recent, confirm } = ends();
  confirm('a', 'b');
  time.advance(9 * MINUTE);
  expect(recent.find('a')).toBeDefined();
  time.advance(2 * MINUTE);
  expect([recent.find('a')?.isConfirmed, recent.find('b')]).toEqual([true, undefined]);
  time.advance(11 * MINUTE);
  confirm('c');
  expect(recent.size).toBe(1);
});

test('no more than 20 000 are remembered: the oldest goes first, and who waits for it proceeds', () => {
  const { recent, confirm } = ends();
  recent.begin('under way', place);
  let proceeded = 0;
  recent.find('under way')?.whenDecided('a:1', () => proceeded++);
  for (let n = 0; n < 20_000; n++) confirm(`id ${n}`);
  expect([recent.size, proceeded, recent.find('under way'), recent.find('id 0')?.isConfirmed]).toEqual([
    20_000,
    1,
    undefined,
    true,
  ]);
});

test('they take no more than 8 MiB, however long what a broker calls a transaction is', () => {
  const { recent, confirm } = ends();
  const long = (n: number): string => String(n).padEnd(30_000, 'x');
  for (let n = 0; n < 1000; n++) confirm(long(n));
  expect(recent.size).toBe(Math.floor((8 * 1024 * 1024) / (200 + 2 * (30_000 + place.address.length))));
  expect([recent.find(long(999))?.isConfirmed, recent.find(long(0))]).toEqual([true, undefined]);
});

test('a transaction that is ended again counts once', () => {
  const { recent, confirm } = ends();
  confirm('a', 'a', 'b');
  expect(recent.size).toBe(2);
  recent.clear();
  expect(recent.size).toBe(0);
});
