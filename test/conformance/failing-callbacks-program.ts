/**
 * Sends through a producer whose functions fail, each place and each way by itself, and says what became of the messages
 * and whether the process would have ended: `failing-callbacks-program.js <name servers>` for all of them, or with `log`
 * behind it a send that fails, with the default logger, with `promise` one of each kind under a global Promise of another
 * class.
 */
import { concatMap, filter, type ObservableInput } from 'rxjs';
import { fromPull } from '../../operators/from-pull.js';
import { toRocketMQ } from '../../operators/to-rocketmq.js';
import { createProducer } from '../../src/create-producer.js';
import type { ProducerConfig } from '../../src/producer/config.js';
import { createFlowGate } from '../../src/producer/create-flow-gate.js';
import type { SendFailure } from '../../src/producer/message/outcome.js';
import type { PipelineOptions } from '../../src/producer/pipeline-options.js';
import type { Producer } from '../../src/producer/producer.js';

type Failing = () => never;

/** Whatever the types say. */
const ways: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('boom');
  },
  'throws what cannot be made a text': () => {
    // oxlint-disable-next-line only-throw-error -- callers may throw anything
    throw { toString: ways['throws'] };
  },
  rejects: () => Promise.reject(new Error('boom')),
  'rejects with what cannot be made a text': () => Promise.reject({ toString: ways['throws'] }),
  'never settles': () => new Promise(() => {}),
  'gives a thenable that rejects': () => ({
    // oxlint-disable-next-line no-thenable
    then: (_: unknown, reject: (reason: unknown) => void) => reject(new Error('boom')),
  }),
  'gives a thenable that throws': () => ({
    // oxlint-disable-next-line no-thenable
    then: ways['throws'],
  }),
};

interface Place {
  config?(fail: Failing): Partial<ProducerConfig>;
  options?(fail: Failing): PipelineOptions;
  look?(producer: Producer, fail: Failing): void;
}

/** Where nothing can be reached any more, messages wait for as long as they may. */
const SHORT = { sendTimeoutMs: 200 } as const;

const hook = (name: keyof NonNullable<ProducerConfig['hooks']>): Place => ({
  config: (fail) => ({ hooks: { [name]: fail } }),
});

const places: Readonly<Record<string, Place>> = {
  'the logger': { config: (fail) => ({ logger: { debug: fail, info: fail, warn: fail, error: fail } }) },
  checkForbidden: hook('checkForbidden'),
  beforeSend: hook('beforeSend'),
  afterSend: hook('afterSend'),
  endTransaction: hook('endTransaction'),
  beforeRequest: { config: (fail) => ({ ...SHORT, hooks: { beforeRequest: fail } }) },
  afterResponse: hook('afterResponse'),
  events$: { look: (producer, fail) => producer.events$.subscribe(fail) },
  'events$ behind an operator': {
    look: (producer, fail) => producer.events$.pipe(filter(() => true)).subscribe({ next: fail, complete: fail }),
  },
  'an operator behind events$': {
    look: (producer, fail) => producer.events$.pipe(concatMap(fail as () => ObservableInput<unknown>)).subscribe(),
  },
  state$: { look: (producer, fail) => producer.state$.subscribe({ next: fail, complete: fail }) },
  metrics$: { look: (producer, fail) => producer.metrics$.subscribe({ next: fail, complete: fail }) },
  pressure$: {
    options: (fail) => {
      const gate = createFlowGate({ window: 2 });
      gate.pressure$.subscribe(fail);
      return { gate };
    },
  },
  deadLetter: { options: (fail) => ({ deadLetter: { next: fail } }) },
  selectQueue: { options: (fail) => ({ selectQueue: fail }) },
  'ordered.key': { options: (fail) => ({ ordered: { key: fail, onFailure: 'skip' } }) },
  'ordered.key, halting': { options: (fail) => ({ ordered: { key: fail } }) },
  mapBrokerAddress: { config: (fail) => ({ ...SHORT, mapBrokerAddress: fail }) },
  credentials: { config: (fail) => ({ ...SHORT, credentials: fail }) },
  execute: {
    look: (producer, fail) =>
      void producer.sendInTransaction({ topic: 'orders', body: 'x' }, fail, { localTimeoutMs: 50 }).catch(() => {}),
  },
};

const harm: string[] = [];
process.on('uncaughtException', () => harm.push('an uncaught exception'));
process.on('unhandledRejection', () => harm.push('an unhandled rejection'));

const [nameServers = '', what] = process.argv.slice(2);

/** As polyfills do it: native promises, which async functions give all the same, are none of this class. */
function replacePromise(): void {
  const Native = Promise;
  class Other<T> {
    readonly #promise: Promise<T>;

    constructor(executor: ConstructorParameters<typeof Promise<T>>[0]) {
      this.#promise = new Native(executor);
    }

    // oxlint-disable-next-line no-thenable
    then(...args: Parameters<Promise<T>['then']>): Other<unknown> {
      return Other.resolve(this.#promise.then(...args));
    }
    catch(...args: Parameters<Promise<T>['catch']>): Other<unknown> {
      return Other.resolve(this.#promise.catch(...args));
    }
    finally(...args: Parameters<Promise<T>['finally']>): Other<unknown> {
      return Other.resolve(this.#promise.finally(...args));
    }

    static resolve(value: unknown): Other<unknown> {
      return new Other((resolve) => resolve(value));
    }
    static reject(reason: unknown): Other<unknown> {
      return new Other((_, reject) => reject(reason));
    }
    static all(values: Iterable<unknown>): Other<unknown> {
      return Other.resolve(Native.all(values));
    }
    static race(values: Iterable<unknown>): Other<unknown> {
      return Other.resolve(Native.race(values));
    }
  }
  Object.assign(globalThis, { Promise: Other });
}

async function run(place: Place, way: () => unknown): Promise<unknown> {
  harm.length = 0;
  const fail = way as Failing;
  const shared = { nameServers, group: 'group', logger: false } as const;
  const producer = createProducer({ ...shared, ...place.config?.(fail) });
  place.look?.(producer, fail);
  const messages = Array.from({ length: 10 }, (_, n) => ({ topic: n === 3 ? '' : 'orders', body: `${n}` }));
  const failures: SendFailure[] = [];
  let receipts = 0;
  const options = { window: 2, onFailure: 'result', ...place.options?.(fail) } as const;
  let end = 'completes';
  await fromPull(messages)
    .pipe(toRocketMQ(producer, options))
    .forEach((outcome) => {
      if (outcome.ok) receipts++;
      else failures.push(outcome);
    })
    .catch((error: unknown) => (end = `errors: ${String(error)}`));
  if (place === places['endTransaction']) {
    await producer.sendInTransaction({ topic: 'orders', body: 'x' }, () => 'commit');
  }
  await producer.shutdown();
  // Node tells of unhandled rejections after microtasks, and rxjs throws by a timer.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  const codes = [...new Set(failures.map(({ error }) => error.code))].toSorted();
  return { end, receipts, failures: failures.length, codes, harm: [...harm] };
}

if (what === 'log') {
  const producer = createProducer({ nameServers, group: 'group', sendTimeoutMs: 100 });
  const code: unknown = await producer
    .send({ topic: 'orders', body: 'x' })
    .catch((error: { code: unknown }) => error.code);
  await producer.shutdown();
  await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(JSON.stringify({ code, harm }));
} else if (what === 'promise') {
  replacePromise();
  const producer = createProducer({ nameServers, group: 'group', logger: false });
  const message = { topic: 'replaced', body: 'x' };
  const sent = await producer.send(message);
  const batch = await producer.sendBatch([message, message]);
  const transaction = await producer.sendInTransaction(message, async () => 'commit');
  const code: unknown = await producer
    .request(message, { timeoutMs: 500 })
    .catch((error: { code: unknown }) => error.code);
  await producer.shutdown();
  console.log(
    JSON.stringify({ sent: sent.status, batch: batch.length, resolution: transaction.resolution, code, harm }),
  );
} else {
  const results: Record<string, Record<string, unknown>> = {};
  for (const [where, place] of Object.entries(places)) {
    const found: Record<string, unknown> = (results[where] = {});
    for (const [how, way] of Object.entries(ways)) found[how] = await run(place, way);
  }
  console.log(JSON.stringify(results));
}
