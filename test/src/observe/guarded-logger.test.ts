import { AsyncLocalStorage } from 'node:async_hooks';
import { ambientContext, AsyncContext } from '../../../src/callbacks/async-context.js';
import { guardedLogger } from '../../../src/observe/guarded-logger.js';
import type { Logger } from '../../../src/observe/logger.js';

const everyLevel = (method: (o: object, m?: string) => void): Logger => ({
  debug: method,
  info: method,
  warn: method,
  error: method,
});

const levels = ['debug', 'info', 'warn', 'error'] as const;

test.each(levels)(
  '%s writes as the logger does, on the logger itself, in the context of whoever configured it',
  (level) => {
    const user = new AsyncLocalStorage<string>();
    const context = user.run('who configures', () => new AsyncContext());
    const lines: unknown[] = [];
    const logger = {
      ...everyLevel(() => {}),
      name: 'mine',
      [level](this: { name: string }, o: object, m?: string) {
        lines.push([this.name, user.getStore(), o, m]);
      },
    };
    user.run('who sends', () => guardedLogger(logger, context)[level]({ n: 1 }, 'text'));
    expect(lines).toEqual([['mine', 'who configures', { n: 1 }, 'text']]);
  },
);

const boom = (): never => {
  throw new Error('disk full');
};

test.each<[string, () => unknown]>([
  ['throws', boom],
  ['rejects', () => Promise.reject(new Error('disk full'))],
  // oxlint-disable-next-line no-thenable -- what is tried is one that is broken
  ['gives a thenable that throws', () => ({ ['then']: boom })],
])('one that %s has no effect on who logs, and is told once', async (_, method) => {
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  try {
    const logger = guardedLogger(everyLevel(method), ambientContext);
    for (const level of levels) for (let n = 0; n < 3; n++) logger[level]({}, 'x');
    await new Promise(setImmediate);
    expect(emitWarning.mock.calls).toEqual([
      ['the logger of a producer failed, and lines are lost: Error: disk full', { code: 'RMQ_LOGGER_FAILED' }],
    ]);
  } finally {
    emitWarning.mockRestore();
  }
});
