import fs from 'node:fs';
import { createDefaultLogger, silentLogger } from '../../../src/observe/logger.js';

describe('the default logger', () => {
  test('writes warnings and errors as JSON lines on standard error, in order, and nothing below', async () => {
    const lines: unknown[] = [];
    const writeSync = jest.spyOn(fs, 'writeSync').mockImplementation((fd: number, text: unknown) => {
      if (fd !== 2) throw new Error(`unexpected file descriptor ${fd}`);
      lines.push(JSON.parse(String(text)));
      return String(text).length;
    });
    try {
      const logger = createDefaultLogger();
      logger.debug({ n: 0 }, 'not written');
      logger.info({ n: 0 }, 'not written');
      logger.warn({ n: 1 }, 'first');
      logger.error({ n: 2 }, 'second');
      for (let turn = 0; turn < 100 && lines.length < 2; turn += 1) await new Promise(setImmediate);
    } finally {
      writeSync.mockRestore();
    }
    expect(lines).toEqual([
      expect.objectContaining({ name: 'rx-rocketmq', level: 40, n: 1, msg: 'first' }),
      expect.objectContaining({ name: 'rx-rocketmq', level: 50, n: 2, msg: 'second' }),
    ]);
  });

  test('writes its lines without pino where that cannot be loaded, errors included', async () => {
    jest.resetModules();
    jest.doMock('pino', () => {
      throw new Error('no pino here');
    });
    const lines: unknown[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)));
      return true;
    });
    try {
      const logger = createDefaultLogger();
      logger.warn({ n: 1, err: new TypeError('broken') }, 'first');
      logger.error({ n: 2 }, 'second');
      for (let turn = 0; turn < 100 && lines.length < 2; turn += 1) await new Promise(setImmediate);
    } finally {
      write.mockRestore();
      jest.dontMock('pino');
    }
    expect(lines).toEqual([
      expect.objectContaining({
        name: 'rx-rocketmq',
        level: 40,
        err: { type: 'TypeError', message: 'broken', stack: expect.any(String) },
        msg: 'first',
      }),
      expect.objectContaining({ name: 'rx-rocketmq', level: 50, n: 2, msg: 'second' }),
    ]);
  });
});

test('the silent logger takes every level', () => {
  expect(() => {
    silentLogger.debug({}, 'x');
    silentLogger.info({}, 'x');
    silentLogger.warn({}, 'x');
    silentLogger.error({}, 'x');
  }).not.toThrow();
});
