/**
 * What a client instance does again and again, as one table with Java's timings. What the tasks do is written elsewhere.
 * Source: MQClientInstance.startScheduledTask (5.5.0).
 */
import { type SchedulerLike, Subscription, timer } from 'rxjs';

/** One line of the table: when a task runs first after the start, and how often from then on. */
export interface Schedule {
  readonly firstMs: number;
  readonly periodMs: number;
  /** Returns at once and never throws. It is called although what it began before may not have ended. */
  readonly run: () => void;
}

/** What there is to do. */
export interface ScheduledTasks {
  /** Only where name servers are discovered. */
  readonly fetchNameServers?: (() => void) | undefined;
  refreshRoutes(): void;
  dropOfflineBrokersAndHeartbeat(): void;
  refreshCredentials(): void;
}

/** The periods that can be configured. */
export interface SchedulePeriods {
  readonly routeRefreshMs: number;
  readonly heartbeatMs: number;
}

/** Temporary credentials live for 15 minutes at least, wherever they come from. */
const CREDENTIALS_MS = 60_000;

/** The table. */
export function clientSchedules(tasks: ScheduledTasks, periods: SchedulePeriods): readonly Schedule[] {
  const { fetchNameServers } = tasks;
  return [
    ...(fetchNameServers === undefined ? [] : [{ firstMs: 10_000, periodMs: 120_000, run: fetchNameServers }]),
    { firstMs: 10, periodMs: periods.routeRefreshMs, run: () => tasks.refreshRoutes() },
    { firstMs: 1000, periodMs: periods.heartbeatMs, run: () => tasks.dropOfflineBrokersAndHeartbeat() },
    { firstMs: CREDENTIALS_MS, periodMs: CREDENTIALS_MS, run: () => tasks.refreshCredentials() },
  ];
}

/**
 * Starts every line of a table on `scheduler`; unsubscribe to stop them all. Throws what the scheduler throws, and then
 * nothing runs.
 */
export function startSchedules(schedules: readonly Schedule[], scheduler: SchedulerLike): Subscription {
  const running = new Subscription();
  const errors: unknown[] = [];
  const error = (thrown: unknown): void => void errors.push(thrown);
  for (const { firstMs, periodMs, run } of schedules) {
    running.add(timer(firstMs, periodMs, scheduler).subscribe({ next: run, error }));
  }
  if (errors.length === 0) return running;
  running.unsubscribe();
  throw errors[0];
}
