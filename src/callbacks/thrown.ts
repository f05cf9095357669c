/** Says in words what a function of a user threw. It may be anything: also a value that throws when it is made a string. */

const UNREADABLE = 'a value that cannot be shown';

/** As `String(thrown)`. Never throws. */
export const textOf = (thrown: unknown): string => attempt(() => thrown);

/** The message of an error, any other value as `String` has it. Never throws. */
export const messageOf = (thrown: unknown): string =>
  attempt(() => (thrown instanceof Error ? thrown.message : thrown));

/** The name of an error; undefined for any other value. Never throws. */
export function nameOf(thrown: unknown): string | undefined {
  return isError(thrown) ? attempt(() => thrown.name) : undefined;
}

function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

function attempt(read: () => unknown): string {
  try {
    return String(read());
  } catch {
    return UNREADABLE;
  }
}
