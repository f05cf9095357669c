import { Observable, of, repeat, Subject, take, throwError } from 'rxjs';
import { subscribeLinked } from '../../operators/subscribe-linked.js';

const passThrough = <T>(source: Observable<T>): Observable<T> =>
  new Observable<T>((subscriber) => subscribeLinked(source, subscriber, subscriber));

describe('subscribeLinked', () => {
  test('leaves a source without end that emits while it is subscribed to', () => {
    const seen: number[] = [];
    of(1)
      .pipe(repeat(), passThrough, passThrough, take(3))
      .subscribe((n) => seen.push(n));
    expect(seen).toEqual([1, 1, 1]);
  });

  test('hands the subscription over before the first item', () => {
    const seen: number[] = [];
    new Observable<number>((subscriber) => {
      let leave = (): void => {};
      const observer = {
        next(n: number) {
          subscriber.next(n);
          leave();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      };
      subscribeLinked(of(1).pipe(repeat()), subscriber, observer, (input) => {
        leave = () => input.unsubscribe();
      });
    }).subscribe((n) => seen.push(n));
    expect(seen).toEqual([1]);
  });

  test('passes errors on, and unsubscribing later leaves the source', () => {
    const errors: unknown[] = [];
    throwError(() => 'error')
      .pipe(passThrough)
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual(['error']);
    const source = new Subject<number>();
    source.pipe(passThrough).subscribe().unsubscribe();
    expect(source.observed).toBe(false);
  });
});
