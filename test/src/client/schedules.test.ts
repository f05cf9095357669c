import { VirtualTimeScheduler } from 'rxjs';
import { clientSchedules, startSchedules } from '../../../src/client/schedules.js';

function play(untilMs: number, stopAtMs = Number.POSITIVE_INFINITY): Record<string, number[]> {
  const scheduler = new VirtualTimeScheduler(undefined, untilMs);
  const ran: Record<string, number[]> = { refreshRoutes: [], heartbeat: [], credentials: [] };
  const tasks = {
    refreshRoutes: () => void ran['refreshRoutes']?.push(scheduler.now()),
    dropOfflineBrokersAndHeartbeat: () => void ran['heartbeat']?.push(scheduler.now()),
    refreshCredentials: () => void ran['credentials']?.push(scheduler.now()),
  };
  const running = startSchedules(clientSchedules(tasks, { routeRefreshMs: 30_000, heartbeatMs: 20_000 }), scheduler);
  scheduler.schedule(() => running.unsubscribe(), stopAtMs);
  scheduler.flush();
  return ran;
}

describe('schedules', () => {
  test('refresh the routes 10 ms after the start and once every period', () => {
    expect(play(95_000)['refreshRoutes']).toEqual([10, 30_010, 60_010, 90_010]);
  });

  test('drop offline brokers and send heartbeats 1 s after the start and once every period', () => {
    expect(play(65_000)['heartbeat']).toEqual([1000, 21_000, 41_000, 61_000]);
  });

  test('ask for newer credentials once a minute', () => {
    expect(play(125_000)['credentials']).toEqual([60_000, 120_000]);
  });

  test('end when they are stopped', () => {
    expect(play(95_000, 25_000)).toEqual({ refreshRoutes: [10], heartbeat: [1000, 21_000], credentials: [] });
  });

  test('do not run at all when one of them cannot be started', () => {
    const scheduler = new VirtualTimeScheduler();
    const schedule = scheduler.schedule.bind(scheduler);
    const noSecondTimer = (): never => {
      throw new Error('no second timer');
    };
    jest.spyOn(scheduler, 'schedule').mockImplementationOnce(schedule).mockImplementationOnce(noSecondTimer);
    let runs = 0;
    const run = (): void => void (runs += 1);
    const twice = [10, 1000].map((firstMs) => ({ firstMs, periodMs: 10, run }));
    expect(() => startSchedules(twice, scheduler)).toThrow('no second timer');
    scheduler.maxFrames = 100;
    scheduler.flush();
    expect(runs).toBe(0);
  });
});
