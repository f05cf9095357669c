import { VirtualTimeScheduler } from 'rxjs';
import type { Logger, LogLevel } from '../../../src/observe/logger.js';
import { RateLimitedLogger } from '../../../src/observe/rate-limited-logger.js';
import { Clock } from '../../../src/time/clock.js';

type Line = [level: LogLevel, o: object, text: string | undefined];

function setUp(): { lines: Line[]; logger: RateLimitedLogger; scheduler: VirtualTimeScheduler } {
  const lines: Line[] = [];
  const at =
    (level: LogLevel) =>
    (o: object, m?: string): void => {
      lines.push([level, o, m]);
    };
  const target: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const scheduler = new VirtualTimeScheduler();
  const logger = new RateLimitedLogger(target, new Clock(scheduler), { lines: 2, intervalMs: 1000 });
  return { lines, logger, scheduler };
}

test('of one text at most N lines go through, and one line at the end of the interval says how many were left out', () => {
  const { lines, logger, scheduler } = setUp();
  for (let n = 1; n <= 5; n += 1) logger.warn({ n }, 'broker is down');
  expect(lines).toEqual([
    ['warn', { n: 1 }, 'broker is down'],
    ['warn', { n: 2 }, 'broker is down'],
  ]);
  scheduler.flush();
  expect(scheduler.frame).toBe(1000);
  expect(lines.slice(2)).toEqual([['warn', { leftOut: 3, intervalMs: 1000 }, 'broker is down (lines left out)']]);
});

test('each text and level has its own tally, and no summary when nothing was left out', () => {
  const { lines, logger, scheduler } = setUp();
  logger.warn({}, 'a');
  logger.warn({}, 'a');
  logger.error({}, 'a');
  logger.debug({}, 'b');
  logger.info({}, 'b');
  scheduler.flush();
  expect(lines.map(([level, , text]) => `${level} ${text}`)).toEqual([
    'warn a',
    'warn a',
    'error a',
    'debug b',
    'info b',
  ]);
});

test('a new interval starts with the next line, so a quiet logger has no timer', () => {
  const { lines, logger, scheduler } = setUp();
  for (let round = 0; round < 2; round += 1) {
    for (let n = 0; n < 3; n += 1) logger.warn({ round }, 'again');
    scheduler.flush();
    expect(scheduler.actions).toHaveLength(0);
  }
  expect(lines.filter(([, , text]) => text === 'again')).toHaveLength(4);
  expect(lines.filter(([, , text]) => text === 'again (lines left out)')).toHaveLength(2);
});

test('close writes the summaries that are due and is silent from then on', () => {
  const { lines, logger, scheduler } = setUp();
  for (let n = 0; n < 4; n += 1) logger.error({ n }, 'lost');
  logger.close();
  logger.error({}, 'too late');
  logger.close();
  expect(lines).toHaveLength(3);
  expect(lines[2]).toEqual(['error', { leftOut: 2, intervalMs: 1000 }, 'lost (lines left out)']);
  scheduler.flush();
  expect(lines).toHaveLength(3);
});

test('the number of texts remembered is bounded', () => {
  const { lines, logger } = setUp();
  for (let n = 0; n < 3; n += 1) logger.warn({}, 'early');
  for (let n = 0; n < 300; n += 1) logger.warn({}, `text ${n}`);
  expect(lines.map(([, , text]) => text)).toContain('early (lines left out)');
});

test('control characters from a peer reach no line, neither in the text nor in a value', () => {
  const { lines, logger } = setUp();
  logger.warn({ remark: 'a\nFATAL forged\u001b[2J', port: 10911 }, 'topic\r\n\u202eevil');
  expect(lines).toEqual([
    ['warn', { remark: 'a\\u000aFATAL forged\\u001b[2J', port: 10911 }, 'topic\\u000d\\u000a\\u202eevil'],
  ]);
});

test('the caller’s object is not changed, and a name like __proto__ is an ordinary one', () => {
  const { lines, logger } = setUp();
  const fields: object = JSON.parse('{"__proto__":"x\\ny"}');
  logger.warn(fields, 'a');
  expect(Object.entries(fields)).toEqual([['__proto__', 'x\ny']]);
  expect(Object.entries(lines[0]?.[1] ?? {})).toEqual([['__proto__', 'x\\u000ay']]);
});

test('a line without a text is written as one', () => {
  const { lines, logger } = setUp();
  logger.info({ state: 'RUNNING' });
  expect(lines).toEqual([['info', { state: 'RUNNING' }, '']]);
});
