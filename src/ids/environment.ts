/** Reads the environment of the process, which a sandbox may forbid. What a variable means is not known here. */

/** The value of an environment variable; empty where it is not set, or must not be read. Never throws. */
export function environmentVariable(name: string): string {
  try {
    return process.env[name] ?? '';
  } catch {
    return '';
  }
}
