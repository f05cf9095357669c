/** Tells promises from other values by what they can do: any library's, and those of a global `Promise` that was replaced. */

/** True of whatever `await` would wait for. Never throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    return typeof Reflect.get(value, 'then') === 'function';
  } catch {
    return false;
  }
}

const ignore = (): void => undefined;

/**
 * Takes care of a promise that nobody waits for: if it rejects, which would end the process, `onRejected` is called, and
 * must not throw. Other values are ignored. Never throws.
 */
export function catchRejection(returned: unknown, onRejected: (reason: unknown) => void = ignore): void {
  if (isThenable(returned)) void awaitIt(returned, onRejected);
}

async function awaitIt(promise: PromiseLike<unknown>, onRejected: (reason: unknown) => void): Promise<void> {
  try {
    await promise;
  } catch (reason) {
    onRejected(reason);
  }
}
