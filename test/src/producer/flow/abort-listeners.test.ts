import { getEventListeners } from 'node:events';
import { whenAborted } from '../../../../src/producer/flow/abort-listeners.js';

test('however many wait for one signal, it has one listener, and none when the last has gone', () => {
  const { signal } = new AbortController();
  const taken = Array.from({ length: 100 }, () => whenAborted(signal, () => undefined));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const take of taken.slice(1)) take();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  taken[0]?.();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  taken[0]?.();
  whenAborted(signal, () => undefined);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
});

test('each is called once, in order, but for those that were taken back, also by another one', () => {
  const controller = new AbortController();
  const called: string[] = [];
  whenAborted(controller.signal, () => called.push('first'));
  whenAborted(controller.signal, () => called.push('taken back'))();
  whenAborted(controller.signal, () => {
    called.push('second');
    take();
  });
  const take = whenAborted(controller.signal, () => called.push('taken back by the second'));
  const twice = (): void => void called.push('twice');
  whenAborted(controller.signal, twice);
  whenAborted(controller.signal, twice);
  controller.abort();
  expect(called).toEqual(['first', 'second', 'twice', 'twice']);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});
