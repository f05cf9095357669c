/** What every client of the benchmark sends, and how its CPU time is taken. */

export const WINDOW = 256;
export const BODY_BYTES = 256;
export const MESSAGES = 400_000;
/** Before the clock starts, so that compiling the hot paths is not counted. */
export const WARM_UP = 100_000;

/** CPU time (user and system) of this process from `start` to `report`, over all messages. */
export class CpuMeter {
  #cpu = process.cpuUsage();
  #startedAt = performance.now();

  start(): void {
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  /** Prints one line of JSON. */
  report(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const result = { cpuMicros: (user + system) / MESSAGES, perSecond: MESSAGES / seconds };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}
