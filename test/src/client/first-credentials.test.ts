import { VirtualTimeScheduler } from 'rxjs';
import { CredentialSource } from '../../../src/access/credential-source.js';
import type { Credentials } from '../../../src/access/credentials.js';
import { firstCredentials } from '../../../src/client/first-credentials.js';
import { Clock } from '../../../src/time/clock.js';

const credentials = { accessKey: 'user', secretKey: 'secret' };

function sourceOf(given: () => Credentials | Promise<Credentials>): CredentialSource {
  return new CredentialSource({ given, now: () => 0, onProblem: () => undefined });
}

test('nobody waits without access control, nor for credentials that are there', () => {
  const scheduler = new VirtualTimeScheduler();
  const clock = new Clock(scheduler);
  expect(firstCredentials(undefined, clock, 0)).toBeUndefined();
  const source = sourceOf(() => credentials);
  source.refresh();
  expect(firstCredentials(source, clock, 0)).toBeUndefined();
  expect(scheduler.actions).toHaveLength(0);
});

test('waits for the function’s first answer', async () => {
  const scheduler = new VirtualTimeScheduler();
  const source = sourceOf(async () => credentials);
  await firstCredentials(source, new Clock(scheduler), 1000);
  expect(source.current?.isOf(credentials)).toBe(true);
});

test('fails as the function does', async () => {
  const source = sourceOf(() => Promise.reject(new Error('vault is sealed')));
  await expect(firstCredentials(source, new Clock(new VirtualTimeScheduler()), 1000)).rejects.toMatchObject({
    code: 'RMQ_CREDENTIALS_UNAVAILABLE',
    cause: new Error('vault is sealed'),
  });
});

test('a function that keeps silent is waited for until the deadline', async () => {
  const scheduler = new VirtualTimeScheduler();
  const waiting = firstCredentials(
    sourceOf(() => new Promise(() => undefined)),
    new Clock(scheduler),
    1000,
  );
  scheduler.flush();
  await expect(waiting).rejects.toMatchObject({
    code: 'RMQ_CREDENTIALS_UNAVAILABLE',
    message: 'the credentials function did not answer in time',
  });
  expect(scheduler.now()).toBe(1000);
});
