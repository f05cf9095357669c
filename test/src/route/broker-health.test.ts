import { VirtualTimeScheduler } from 'rxjs';
import { createError } from '../../../src/errors/rocketmq-error.js';
import type { ErrorCode } from '../../../src/errors/error-table.js';
import { BrokerHealth } from '../../../src/route/broker-health.js';
import { Clock } from '../../../src/time/clock.js';

const queue = { topic: 't', brokerName: 'a', queueId: 0 };

function healthOf(hasDetector = false) {
  const scheduler = new VirtualTimeScheduler();
  const avoided: [string, number][] = [];
  const onAvoided = (brokerName: string, forMs: number): void => void avoided.push([brokerName, forMs]);
  const health = new BrokerHealth({ clock: new Clock(scheduler), hasDetector, onAvoided });
  const play = (ms: number): void => void (scheduler.frame += ms);
  return { health, avoided, play };
}

const answered = (code: ErrorCode, responseCode: number) => createError(code, 'no', { detail: { responseCode } });

// Java's latencyMax and notAvailableDuration (5.1.4 and later).
test.each([
  [549, 0],
  [550, 2000],
  [1799, 2000],
  [1800, 5000],
  [3000, 6000],
  [5000, 10_000],
  [14_999, 10_000],
  [15_000, 30_000],
])('an answer after %d ms keeps its broker out for %d ms', (latencyMs, forMs) => {
  const { health, avoided, play } = healthOf();
  health.succeeded(queue, latencyMs);
  expect(avoided).toEqual(forMs === 0 ? [] : [['a', forMs]]);
  expect([health.isClear, health.isAvailable('a'), health.isReachable('a')]).toEqual([forMs === 0, forMs === 0, true]);
  play(forMs - 1);
  expect(health.isAvailable('a')).toBe(forMs === 0);
  play(1);
  expect(health.isAvailable('a')).toBe(true);
});

test('a broker that cannot be reached is left alone for 10 s', () => {
  const { health, avoided, play } = healthOf();
  health.failed(queue, createError('RMQ_ATTEMPT_TIMEOUT', 'late'));
  expect(avoided).toEqual([['a', 10_000]]);
  expect([health.isAvailable('a'), health.isReachable('a'), health.isAvailable('b')]).toEqual([false, true, true]);
  play(10_000);
  expect(health.isAvailable('a')).toBe(true);
});

test('it counts as unreachable only where a detector will ask it', () => {
  const { health } = healthOf(true);
  health.failed(queue, createError('RMQ_CONNECT_FAILED', 'refused'));
  expect([health.isReachable('a'), health.unreachable]).toEqual([false, [queue]]);
  health.reached('a');
  expect([health.isReachable('a'), health.isAvailable('a'), health.unreachable]).toEqual([true, false, []]);
});

test('a broker that says that it cannot serve counts as unreachable until it took a message', () => {
  const { health } = healthOf();
  health.failed(queue, answered('RMQ_BROKER_BUSY', 2));
  expect([health.isAvailable('a'), health.isReachable('a')]).toEqual([false, false]);
  health.succeeded(queue, 5);
  expect([health.isAvailable('a'), health.isReachable('a')]).toEqual([false, true]);
});

test.each<[ErrorCode, number | undefined]>([
  ['RMQ_MESSAGE_REFUSED', 13],
  ['RMQ_ACCESS_DENIED', 16],
  ['RMQ_TOPIC_MISSING', 17],
  ['RMQ_QUEUE_REFUSED', 501],
  ['RMQ_BROKER_UNKNOWN', undefined],
  ['RMQ_CLOSED', undefined],
  ['RMQ_REQUESTER_MISSING', 1],
  ['RMQ_CREDENTIALS_UNAVAILABLE', undefined],
])('%s says nothing about the broker', (code, responseCode) => {
  const { health, avoided } = healthOf();
  health.failed(queue, responseCode === undefined ? createError(code, 'no') : answered(code, responseCode));
  expect([health.isClear, avoided]).toEqual([true, []]);
});

test('time only gets longer, and the news of it is told once', () => {
  const { health, avoided, play } = healthOf();
  health.failed(queue, createError('RMQ_CONNECTION_LOST', 'gone'));
  play(1000);
  health.succeeded(queue, 600);
  expect(avoided).toHaveLength(1);
  play(8999);
  expect(health.isAvailable('a')).toBe(false);
  play(1);
  expect(health.isAvailable('a')).toBe(true);
  health.succeeded(queue, 5);
  expect(health.isClear).toBe(true);
  health.succeeded(queue, 600);
  expect(avoided).toHaveLength(2);
});

test('a broker that is gone is forgotten', () => {
  const { health } = healthOf(true);
  health.failed(queue, createError('RMQ_CONNECT_FAILED', 'refused'));
  health.forget('a');
  expect([health.isClear, health.unreachable]).toEqual([true, []]);
});
