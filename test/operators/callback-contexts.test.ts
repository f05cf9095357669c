/**
 * Every function of a user, called from wherever the library calls it: it runs in the async context in which the user
 * subscribed, sent or configured it, also where another user opened the connection, made the topic known or pushed the
 * message.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { concatMap, filter, from, map, NEVER, Observable, of, Subject, tap, throwError, timer } from 'rxjs';
import { admit } from '../../operators/admit.js';
import { compressBody } from '../../operators/compress-body.js';
import { fromPull } from '../../operators/from-pull.js';
import { inTransaction } from '../../operators/in-transaction.js';
import { lookupRoute } from '../../operators/lookup-route.js';
import { partitionOutcomes } from '../../operators/partition-outcomes.js';
import { requestReply } from '../../operators/request-reply.js';
import { retryExcludingBroker } from '../../operators/retry-excluding-broker.js';
import { selectQueue } from '../../operators/select-queue.js';
import { sendMessage } from '../../operators/send-message.js';
import { settle } from '../../operators/settle.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import { validateMessage } from '../../operators/validate-message.js';
import type { ProducerConfig } from '../../src/producer/config.js';
import { createFlowGate } from '../../src/producer/create-flow-gate.js';
import type { Hooks } from '../../src/producer/hooks/hook-options.js';
import type { Message } from '../../src/producer/message/message.js';
import type { Producer } from '../../src/producer/producer.js';
import { busy, delay, drop, refuse } from '../../src/testing/index.js';
import { TestCluster, TOPIC, until } from './test-cluster.js';

const servers = new TestCluster();
beforeEach(() => servers.open({ transactions: { timeoutMs: 1, checkIntervalMs: 20 } }));
afterEach(() => servers.close());

const user = new AsyncLocalStorage<string>();
const message: Message = { topic: TOPIC, body: 'x' };
const messages = (count: number): readonly Message[] => Array.from({ length: count }, () => message);

/** Where the functions of a row ran, by the name of the user. */
class Seen {
  readonly users = new Set<string | undefined>();
  calls = 0;

  readonly here = (): void => {
    this.users.add(user.getStore());
    this.calls++;
  };

  /** `value`, from a function that was seen. */
  readonly saying =
    <T>(value: T) =>
    (): T => {
      this.here();
      return value;
    };
}

/** Whoever is first opens the connections and makes the topic known. */
async function opened(config: Partial<ProducerConfig> = {}): Promise<Producer> {
  const producer = user.run('who configures', () => servers.producer({ sendTimeoutMs: 20_000, ...config }));
  await user.run('who is first', () => producer.send(message, { timeoutMs: 20_000 }));
  return producer;
}

interface Row {
  /** For the producer that is there, in the context of who configures it. */
  readonly config?: ((seen: Seen) => Partial<ProducerConfig>) | undefined;
  /** Runs as 'who subscribes'; the functions are seen to run as 'who subscribes', or `as`. */
  readonly act: (producer: Producer, seen: Seen) => unknown;
  readonly as?: string;
}

const ended = (sent$: Observable<unknown>, seen: Seen): Promise<void> =>
  new Promise((resolve) => {
    sent$.subscribe({
      next: seen.here,
      error: () => {
        seen.here();
        resolve();
      },
      complete: () => {
        seen.here();
        resolve();
      },
    });
  });
const pushed = (seen: Seen, sent: (source: Subject<Message>) => Observable<unknown>, count = 4): Promise<void> => {
  const source = new Subject<Message>();
  const end = ended(sent(source), seen);
  user.run('who pushes', () => {
    for (const one of messages(count)) source.next(one);
    source.next({ ...message, topic: '' });
    source.complete();
  });
  return end;
};
const onSends = (reply: Parameters<TestCluster['scriptSends']>[0]): void => servers.scriptSends(reply);
const withHook =
  (hooks: (seen: Seen) => Hooks): Row['config'] =>
  (seen) => ({ hooks: hooks(seen) });
const attemptHooks = withHook(({ here }) => ({ checkForbidden: here, beforeSend: here, afterSend: here }));
/** A request for a topic that nobody knows waits for its route. */
const elsewhere: Message = { topic: 'elsewhere', body: 'x' };
const failing = { onFailure: 'result', retry: { retries: 1 } } as const;

const rows: Readonly<Record<string, Row>> = {
  'next and complete': {
    act: (producer, seen) => ended(fromPull(messages(8)).pipe(toRocketMQ(producer, { window: 2 })), seen),
  },
  'error, after a refusal by a broker': {
    act: (producer, seen) => {
      servers.refuseBodies('x');
      return ended(fromPull(messages(8)).pipe(toRocketMQ(producer, { window: 2 })), seen);
    },
  },
  'error, after a shutdown by another': {
    act: async (producer, seen) => {
      const end = ended(NEVER.pipe(toRocketMQ(producer)), seen);
      await user.run('who shuts down', () => producer.shutdown());
      return end;
    },
  },
  'error, after an abort by another': {
    act: (producer, seen) => {
      const abort = new AbortController();
      const end = ended(NEVER.pipe(toRocketMQ(producer, { signal: abort.signal })), seen);
      user.run('who aborts', () => abort.abort());
      return end;
    },
  },
  'what another pushes: next for outcomes and refusals': {
    act: (producer, seen) => pushed(seen, (source) => source.pipe(toRocketMQ(producer, { onFailure: 'result' }))),
  },
  'the source of fromPull, a generator': {
    act: (producer, seen) => {
      function* rows(): Generator<Message> {
        try {
          for (const one of messages(8)) {
            seen.here();
            yield one;
          }
        } finally {
          seen.here();
        }
      }
      return ended(fromPull(rows()).pipe(toRocketMQ(producer, { window: 2 })), seen);
    },
  },
  'the source of fromPull, asynchronous': {
    act: (producer, seen) => {
      async function* rows(): AsyncGenerator<Message> {
        for (const one of messages(8)) {
          await new Promise(setImmediate);
          seen.here();
          yield one;
        }
      }
      return ended(fromPull(rows()).pipe(toRocketMQ(producer, { window: 2 })), seen);
    },
  },
  'the source of fromPull, an iterator that asks another for each item': {
    act: (producer, seen) => {
      const next = (n: number): Promise<IteratorResult<Message>> =>
        user.run('who is asked', async (): Promise<IteratorResult<Message>> =>
          n < 8 ? { done: false, value: message } : { done: true, value: undefined },
        );
      const rows = (): AsyncIterator<Message> => {
        let n = 0;
        return {
          next: () => {
            seen.here();
            return next(n++);
          },
        };
      };
      return ended(fromPull({ [Symbol.asyncIterator]: rows }).pipe(toRocketMQ(producer, { window: 2 })), seen);
    },
  },
  'the source of fromPull, a Readable': {
    act: (producer, seen) => {
      let n = 0;
      const rows = new Readable({
        objectMode: true,
        highWaterMark: 1,
        read() {
          seen.here();
          this.push(n++ < 8 ? message : null);
        },
      });
      return ended(fromPull<Message>(rows).pipe(toRocketMQ(producer, { window: 2 })), seen);
    },
  },
  'the source of fromPull, by a gate that others open too': {
    act: async (producer, seen) => {
      const gate = createFlowGate({ window: 2 });
      function* rows(): Generator<Message> {
        for (const one of messages(8)) {
          seen.here();
          yield one;
        }
      }
      gate.pause();
      const end = ended(fromPull(rows(), gate).pipe(toRocketMQ(producer, { gate })), seen);
      user.run('who resumes', () => gate.resume());
      return end;
    },
  },
  'operators above, also those that flatten': {
    act: (producer, seen) =>
      ended(
        fromPull(messages(4)).pipe(
          tap(seen.here),
          concatMap((one) => fromPull([one, one])),
          map((one) => (seen.here(), one)),
          toRocketMQ(producer, { window: 1 }),
        ),
        seen,
      ),
  },
  'operators between the stages': {
    act: (producer, seen) =>
      pushed(seen, (source) =>
        source.pipe(
          validateMessage(),
          admit(producer, { window: 2 }),
          tap(seen.here),
          compressBody(),
          tap(seen.here),
          lookupRoute(producer),
          retryExcludingBroker((attempts) =>
            attempts.pipe(selectQueue(undefined, producer), tap(seen.here), sendMessage(producer), tap(seen.here)),
          ),
          tap(seen.here),
          settle({ onFailure: 'result' }),
        ),
      ),
  },
  'selectQueue of a stream': {
    act: (producer, seen) =>
      pushed(seen, (source) =>
        source.pipe(toRocketMQ(producer, { window: 1, selectQueue: (queues) => (seen.here(), queues[0]) })),
      ),
  },
  'selectQueue of a send that waited for its route, which another asked for': {
    act: (producer, seen) => {
      const others = user.run('who asked before', () => producer.send(elsewhere));
      return Promise.all([others, producer.send(elsewhere, { selectQueue: (queues) => (seen.here(), queues[0]) })]);
    },
  },
  'ordered.key': {
    act: (producer, seen) => {
      const ordered = { key: seen.saying('a'), onFailure: 'skip' } as const;
      return pushed(seen, (source) => source.pipe(toRocketMQ(producer, { window: 2, ordered, onFailure: 'result' })));
    },
  },
  'retryOn and delayMs': {
    act: (producer, seen) => {
      onSends(busy());
      const retry = { retries: 2, retryOn: seen.saying(true), delayMs: seen.saying(2) };
      return ended(fromPull(messages(2)).pipe(toRocketMQ(producer, { retry, onFailure: 'result' })), seen);
    },
  },
  'next after an attempt that had no answer in time': {
    config: () => ({ sendTimeoutMs: 150 }),
    act: (producer, seen) => {
      onSends(drop());
      return ended(fromPull(messages(2)).pipe(toRocketMQ(producer, failing)), seen);
    },
  },
  deadLetter: {
    act: (producer, seen) => {
      servers.refuseBodies('x');
      const deadLetter = { next: seen.here };
      return pushed(seen, (source) => source.pipe(toRocketMQ(producer, { deadLetter, onFailure: 'drop' })));
    },
  },
  'the hooks of a stream': {
    config: attemptHooks,
    act: async (producer, seen) => {
      seen.users.clear();
      await pushed(seen, (source) => source.pipe(toRocketMQ(producer, { window: 1, onFailure: 'result' })));
    },
  },
  'the hooks of a stream with batches': {
    config: attemptHooks,
    act: async (producer, seen) => {
      seen.users.clear();
      await pushed(seen, (source) => source.pipe(toRocketMQ(producer, { batch: true, onFailure: 'result' })));
    },
  },
  'the hooks of a send, at each attempt': {
    config: attemptHooks,
    act: async (producer, seen) => {
      seen.users.clear();
      for (const broker of servers.cluster.brokers) {
        broker.script({ when: { code: 'SEND_MESSAGE_V2', times: 1 }, reply: refuse('SERVICE_NOT_AVAILABLE') });
      }
      await producer.send(message);
    },
  },
  'the hooks of a send whose route another asked for': {
    config: attemptHooks,
    act: async (producer, seen) => {
      const others = user.run('who asked before', () => producer.send(elsewhere));
      await others;
      seen.users.clear();
      await producer.send({ ...elsewhere, topic: 'nowhere-yet' });
    },
  },
  'beforeRequest and afterResponse': {
    config: withHook(({ here }) => ({ beforeRequest: here, afterResponse: here })),
    act: (producer) => producer.send(elsewhere),
    as: 'who configures',
  },
  endTransaction: {
    config: withHook(({ here }) => ({ endTransaction: here })),
    act: (producer) => producer.sendInTransaction(message, async () => 'commit'),
  },
  'the local work of a transaction, what it subscribes to, and its signal': {
    act: async (producer, seen) => {
      const said = new Observable<'commit'>((subscriber) => {
        seen.here();
        const subscription = timer(2)
          .pipe(map(seen.saying('commit' as const)))
          .subscribe(subscriber);
        return () => {
          seen.here();
          subscription.unsubscribe();
        };
      });
      await producer.sendInTransaction(message, () => (seen.here(), said));
      const options = { localTimeoutMs: 5 };
      await producer.sendInTransaction(
        message,
        (_, { signal }) => {
          signal.addEventListener('abort', seen.here);
          return NEVER;
        },
        options,
      );
    },
  },
  'the local work of a stream': {
    act: (producer, seen) =>
      pushed(seen, (source) =>
        source.pipe(inTransaction(producer, { window: 1, execute: seen.saying('commit'), onFailure: 'result' })),
      ),
  },
  'checkTransaction, what it subscribes to': {
    config: (seen) => ({
      checkTransaction: () => {
        seen.here();
        return of('commit' as const).pipe(tap(seen.here));
      },
    }),
    act: async (producer, seen) => {
      await producer.sendInTransaction(message, () => 'unknown');
      await until(() => seen.calls > 1);
    },
    as: 'who configures',
  },
  'the replies of a stream': {
    act: (producer, seen) => {
      const replier = servers.producer({ group: 'replier' });
      servers.cluster.messages$(TOPIC).subscribe((request) => {
        void user.run('who replies', () => replier.reply(request, 're')).catch(() => {});
      });
      return ended(fromPull(messages(2)).pipe(requestReply(producer, { window: 1 })), seen);
    },
  },
  credentials: {
    config: (seen) => ({ credentials: seen.saying({ accessKey: 'a', secretKey: 'b' }) }),
    act: () => {},
    as: 'who configures',
  },
  mapBrokerAddress: {
    config: ({ here }) => ({ mapBrokerAddress: (address) => (here(), address) }),
    act: (producer) => producer.send(elsewhere),
    as: 'who configures',
  },
  'the logger': {
    config: ({ here }) => ({ logger: { debug: here, info: here, warn: here, error: here } }),
    act: (producer) => {
      servers.refuseBodies('x');
      return producer.send(message).catch(() => {});
    },
    as: 'who configures',
  },
  'events$, state$ and metrics$, also behind operators': {
    act: async (producer, seen) => {
      onSends(busy());
      producer.events$.subscribe(seen.here);
      producer.events$.pipe(filter(({ type }) => type === 'retry')).subscribe(seen.here);
      producer.state$.subscribe({ next: seen.here, complete: seen.here });
      producer.metrics$.subscribe({ complete: seen.here });
      await user.run('who sends', () => producer.send(message)).catch(() => {});
      await user.run('who shuts down', () => producer.shutdown());
    },
  },
  'pressure$ and ready() of a gate': {
    act: async (producer, seen) => {
      const gate = createFlowGate({ window: 1 });
      gate.pressure$.subscribe(seen.here);
      const ready = gate.ready().then(seen.here);
      await user.run('who sends', () => ended(fromPull(messages(4)).pipe(toRocketMQ(producer, { gate })), new Seen()));
      await ready;
    },
  },
  'sendEach: the loop and its source': {
    act: async (producer, seen) => {
      function* rows(): Generator<Message> {
        for (const one of messages(8)) {
          seen.here();
          yield one;
        }
      }
      for await (const outcome of producer.sendEach(rows(), { window: 2 })) if (outcome.ok) seen.here();
    },
  },
  'writable: outcomes, the callbacks of writes, and the end': {
    act: async (producer, seen) => {
      const writable = producer.writable({ window: 1 });
      writable.on('outcome', seen.here).on('drain', seen.here).on('finish', seen.here);
      for (const one of messages(8)) writable.write(one, seen.here);
      writable.end(seen.here);
      await once(writable, 'close');
    },
  },
  'both streams of partitionOutcomes': {
    act: async (producer, seen) => {
      const bad = { ...message, topic: '' };
      const outcomes = from([message, bad]).pipe(toRocketMQ(producer, { onFailure: 'result' }));
      const [receipts$, failures$] = partitionOutcomes(outcomes);
      const [other$] = user.run('who subscribes elsewhere', () =>
        partitionOutcomes(from([message]).pipe(toRocketMQ(producer, { onFailure: 'result' }))),
      );
      const others = new Seen();
      const elsewhereEnded = user.run('who subscribes elsewhere', () => ended(other$, others));
      await Promise.all([elsewhereEnded, ended(receipts$, seen), ended(failures$, seen)]);
      expect([...others.users]).toEqual(['who subscribes elsewhere']);
    },
  },
  'a stream that waits for another of its producer': {
    config: () => ({ maxInFlight: 2 }),
    act: (producer, seen) => {
      const other = user.run('who subscribes elsewhere', () =>
        ended(fromPull(messages(8)).pipe(toRocketMQ(producer)), new Seen()),
      );
      function* rows(): Generator<Message> {
        for (const one of messages(8)) {
          seen.here();
          yield one;
        }
      }
      return Promise.all([other, ended(fromPull(rows()).pipe(toRocketMQ(producer)), seen)]);
    },
  },
  'the functions of a configuration given to an operator': {
    act: (_, seen) => {
      const config = { ...servers.config, group: 'own', mapBrokerAddress: (address: string) => (seen.here(), address) };
      const operator = toRocketMQ(config);
      return user.run('who subscribes elsewhere', () => ended(fromPull(messages(2)).pipe(operator), new Seen()));
    },
  },
  'a source that fails, and its teardown when it is stopped by another': {
    act: async (producer, seen) => {
      const failed = throwError(() => new Error('boom'));
      await ended(failed.pipe(toRocketMQ(producer)), seen);
      const stop = new Subject<void>();
      const source = new Observable<Message>(() => seen.here);
      const end = ended(source.pipe(toRocketMQ(producer, { until: stop })), seen);
      user.run('who stops', () => stop.next());
      await end;
    },
  },
};

test.each(Object.keys(rows))('%s', async (name) => {
  const row = rows[name] ?? { act: () => {} };
  const { config = () => ({}), act, as = 'who subscribes' } = row;
  const seen = new Seen();
  const producer = await opened(config(seen));
  // Answers of several users in one chunk, and each turn of the event loop in between.
  servers.scriptSends(delay(1));
  await user.run('who subscribes', () => act(producer, seen));
  expect([...seen.users]).toEqual([as]);
});
