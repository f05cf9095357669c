/**
 * Every way to stop, from inside every function of the caller's: wherever a message is then, it has one outcome, its slot
 * comes back once, and the stream ends.
 */
import { Subject } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import { createFlowGate } from '../../src/producer/create-flow-gate.js';
import { busy } from '../../src/testing/index.js';
import { Account, expectBalance, row } from './account.js';
import { TestCluster, until } from './test-cluster.js';

const servers = new TestCluster();
beforeAll(() => servers.open());
afterAll(() => servers.close());

const MESSAGES = 40;
const verbs = ['until', 'unsubscribe', 'signal', 'shutdown', 'shutdown at once'] as const;
const callbacks = [
  'the source',
  'a key',
  'a selector',
  'checkForbidden',
  'beforeSend',
  'afterSend',
  'retryOn, which says yes',
  'retryOn, which says no',
  'delayMs',
  'events$',
  'the dead letter',
  'next',
  'pressure$',
] as const;

describe.each(verbs)('%s', (verb) => {
  test.each(callbacks)(
    'from inside %s',
    async (callback) => {
      let turns = 0;
      const rules = servers.cluster.brokers.map((broker) =>
        broker.script({
          when: { code: 'SEND_MESSAGE_V2' },
          reply: (turn) => (turns++ % 3 === 1 ? busy()(turn) : turn.answer(turn.handle())),
        }),
      );
      const stop = new Subject<void>();
      const abort = new AbortController();
      let calls = 0;
      let hasStopped = false;
      let ended: unknown;
      let shutdown: Promise<unknown> | undefined;
      /** Stops at the seventh call. */
      const called = (from: (typeof callbacks)[number]): void => {
        if (from !== callback || ++calls !== (from === 'the dead letter' || from === 'pressure$' ? 2 : 7)) return;
        hasStopped = true;
        if (verb === 'until') stop.next();
        if (verb === 'unsubscribe') subscription.unsubscribe();
        if (verb === 'signal') abort.abort();
        if (verb === 'shutdown') shutdown = account.producer.shutdown();
        if (verb === 'shutdown at once') shutdown = account.producer.shutdown({ drain: false });
      };
      const account = new Account({
        ...servers.config,
        group: `${verb}-${callback}`.replaceAll(/\W/gu, '-'),
        hooks: {
          checkForbidden: () => called('checkForbidden'),
          beforeSend: () => called('beforeSend'),
          afterSend: () => called('afterSend'),
        },
      });
      const { producer } = account;
      const gate = createFlowGate({ window: 6 });
      const dead: unknown[] = [];
      producer.events$.subscribe(() => called('events$'));
      gate.pressure$.subscribe(() => called('pressure$'));
      const sent$ = fromPull(
        account.rows(MESSAGES, (n) => {
          called('the source');
          return n % 10 === 9 ? { ...row(n), topic: '' } : { ...row(n), shardingKey: `${n % 4}` };
        }),
      ).pipe(
        toRocketMQ(producer, {
          gate,
          until: stop,
          signal: abort.signal,
          onFailure: 'result',
          ordered: {
            key: ({ context = 0 }) => {
              called('a key');
              return context % 2 === 0 ? String(context % 4) : undefined;
            },
            onFailure: 'skip',
          },
          selectQueue: (queues, { context }) => {
            called('a selector');
            return queues[Number(context) % queues.length];
          },
          retry: {
            retries: 3,
            retryOn: () => {
              called('retryOn, which says yes');
              called('retryOn, which says no');
              return callback !== 'retryOn, which says no' || calls !== 7;
            },
            delayMs: () => {
              called('delayMs');
              return 1;
            },
          },
          deadLetter: {
            next: ({ context }) => {
              dead.push(context);
              called('the dead letter');
            },
          },
        }),
      );
      const subscription = sent$.subscribe({
        next: (outcome) => {
          account.take(outcome);
          called('next');
        },
        error: (error: unknown) => (ended = error),
        complete: () => (ended = 'complete'),
      });
      await until(() => ended !== undefined || subscription.closed);
      await producer.flush();
      await shutdown;
      expect(hasStopped).toBe(true);
      await expectBalance(account, producer.metrics().offered, { isEmitted: verb !== 'unsubscribe' });
      expect(new Set(dead).size).toBe(dead.length);
      expect(dead).toHaveLength(producer.metrics().failed);
      expect(account.most.inFlight).toBeLessThanOrEqual(6);
      expect(account.left).toBe(1);
      for (const rule of rules) rule.stop();
      await producer.shutdown({ drain: false });
    },
    5000,
  );
});
