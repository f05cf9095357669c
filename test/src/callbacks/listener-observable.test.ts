import { AsyncLocalStorage } from 'node:async_hooks';
import { firstValueFrom, map, merge, Observable, of, Subject } from 'rxjs';
import { forListeners } from '../../../src/callbacks/listener-observable.js';

const reports: string[] = [];
const report = (thrown: unknown): void => void reports.push(String(thrown));
beforeEach(() => (reports.length = 0));

const boom = (): never => {
  throw new Error('boom');
};
const rejects = (): Promise<never> => Promise.reject(new Error('boom'));

test.each<[string, (listened: Observable<number>) => unknown, count: number]>([
  ['a function that throws', (all$) => all$.subscribe(boom), 2],
  // oxlint-disable-next-line no-misused-promises -- what is tried is one that is asynchronous
  ['a function that rejects', (all$) => all$.subscribe(rejects), 2],
  ['an observer that throws', (all$) => all$.subscribe({ next: boom, complete: boom }), 3],
  // oxlint-disable-next-line no-deprecated -- it still works in rxjs 7
  ['functions one by one', (all$) => all$.subscribe(boom, boom, boom), 3],
  [
    'a function behind operators',
    (all$) =>
      all$
        .pipe(
          map((n) => n + 1),
          map(String),
        )
        .subscribe(boom),
    2,
  ],
  ['an operator, whose error nobody takes', (all$) => all$.pipe(map(boom)).subscribe(), 1],
])('what %s does is reported, and nothing else', async (_, look, count) => {
  const source = new Subject<number>();
  const seen: number[] = [];
  const listened = forListeners(source, report);
  look(listened);
  listened.subscribe((n) => seen.push(n));
  source.next(1);
  source.next(2);
  source.complete();
  await new Promise(setImmediate);
  expect(seen).toEqual([1, 2]);
  expect(reports).toEqual(Array.from({ length: count }, () => 'Error: boom'));
});

test('an error goes to whoever takes it, and is no report then', async () => {
  const failed = forListeners(new Observable<number>((subscriber) => subscriber.error(new Error('boom'))), report);
  const errors: unknown[] = [];
  failed.subscribe({ error: (error) => errors.push(error) });
  await expect(firstValueFrom(failed)).rejects.toThrow('boom');
  expect([errors, reports]).toEqual([[new Error('boom')], []]);
});

test('operators and other Observables see what they would see, and can leave it', async () => {
  const source = new Subject<number>();
  const listened = forListeners(source, report);
  const seen: unknown[] = [];
  const both = merge(listened.pipe(map((n) => `a${n}`)), of('b')).subscribe((one) => seen.push(one));
  source.next(1);
  both.unsubscribe();
  expect(seen).toEqual(['b', 'a1']);
  expect(source.observed).toBe(false);
  const first = firstValueFrom(listened);
  source.next(2);
  expect(await first).toBe(2);
});

test('each subscriber is told in its own async context', () => {
  const user = new AsyncLocalStorage<string>();
  const source = new Subject<number>();
  const listened = forListeners(source, report);
  const seen: unknown[] = [];
  for (const name of ['a', 'b']) user.run(name, () => listened.subscribe(() => seen.push(user.getStore())));
  user.run('who tells', () => source.next(1));
  expect(seen).toEqual(['a', 'b']);
});
