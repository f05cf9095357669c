import { Subject } from 'rxjs';
import { stopOf } from '../../../../src/producer/flow/stop.js';

describe('what stops a pipeline', () => {
  test('as an Observable stands for itself', () => {
    const stop = new Subject<number>();
    expect(stopOf(stop)).toBe(stop);
  });

  test('as a signal emits its reason when it is aborted, once', () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    stopOf(controller.signal).subscribe({ next: (reason) => seen.push(reason), complete: () => seen.push('complete') });
    expect(seen).toEqual([]);
    controller.abort('enough');
    expect(seen).toEqual(['enough', 'complete']);
  });

  test('as a signal that is aborted already emits at once', () => {
    const seen: unknown[] = [];
    stopOf(AbortSignal.abort('before')).subscribe((reason) => seen.push(reason));
    expect(seen).toEqual(['before']);
  });

  test('leaves nothing at the signal when nobody waits for it any more', () => {
    const { signal } = new AbortController();
    const remove = jest.spyOn(signal, 'removeEventListener');
    stopOf(signal).subscribe().unsubscribe();
    expect(remove).toHaveBeenCalledWith('abort', expect.any(Function));
  });
});
