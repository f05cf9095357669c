/** Hooks of a whole producer, at the embedded broker: when they are called, and what becomes of what they throw. */
import { from, lastValueFrom, toArray } from 'rxjs';
import {
  type AttemptOutcome,
  type Hooks,
  type Producer,
  type ProducerEvent,
  SendError,
  type SendContext,
  type SendFailure,
  toRocketMQ,
} from '../../../../src/index.js';
import { amendAnswer, busy, drop } from '../../../../src/testing/index.js';
import { printsOf } from '../../../printers.js';
import { ProducerBench, TOPIC, until } from '../producer-kit.js';

const bench = new ProducerBench({ brokers: 2 });

const message = (body = 'hello'): { topic: string; body: string } => ({ topic: TOPIC, body });

async function failureOf(sending: Promise<unknown>): Promise<SendError> {
  const thrown: unknown = await sending.catch((error: unknown) => error);
  if (!(thrown instanceof SendError)) throw new Error(`no SendError: ${String(thrown)}`);
  return thrown;
}

function hookEvents(producer: Producer): ProducerEvent[] {
  const events: ProducerEvent[] = [];
  producer.events$.subscribe((event) => {
    if (event.type === 'hook-failed') events.push(event);
  });
  return events;
}

/** Remembers all calls. */
function recorder() {
  const calls: [string, SendContext, AttemptOutcome?][] = [];
  const hooks: Hooks = {
    checkForbidden: (context) => void calls.push(['checkForbidden', context]),
    beforeSend: (context) => void calls.push(['beforeSend', context]),
    afterSend: (context, outcome) => void calls.push(['afterSend', context, outcome]),
  };
  return { calls, hooks };
}

test('are called around the attempt, with one and the same context', async () => {
  const { calls, hooks } = recorder();
  const producer = bench.producer({ hooks });
  const sent = message('compressible '.repeat(1000));
  const receipt = await producer.send(sent);
  expect(calls.map(([name]) => name)).toEqual(['checkForbidden', 'beforeSend', 'afterSend']);
  const [[, context], [, second], [, third, outcome]] = calls as [
    (typeof calls)[0],
    (typeof calls)[0],
    (typeof calls)[0],
  ];
  expect(second).toBe(context);
  expect(third).toBe(context);
  expect(context).toMatchObject({ group: 'group', msgId: receipt.msgId, attempt: 1, mode: 'confirm', kind: 'normal' });
  expect(context.message).toBe(sent);
  expect(context.queue).toEqual(receipt.queue);
  expect(bench.cluster.brokers.map(({ address }) => address)).toContain(context.address);
  expect(context.bodyBytes).toBeLessThan(1000);
  expect(outcome).toMatchObject({ ok: true, elapsedMs: expect.any(Number) });
  expect(outcome?.ok === true && outcome.receipt).toBe(receipt);
});

test('are called for each attempt', async () => {
  for (const broker of bench.cluster.brokers)
    broker.script({ when: { code: 'SEND_MESSAGE_V2', times: 1 }, reply: busy() });
  const { calls, hooks } = recorder();
  const producer = bench.producer({ hooks, sendTimeoutMs: 10_000 });
  const receipt = await producer.send(message());
  expect(receipt.attempts).toBe(3);
  expect(calls.map(([name, { attempt }]) => `${name} ${attempt}`)).toEqual(
    [1, 2, 3].flatMap((attempt) => ['checkForbidden', 'beforeSend', 'afterSend'].map((name) => `${name} ${attempt}`)),
  );
  const outcomes = calls.flatMap(([, , outcome]) => (outcome === undefined ? [] : [outcome]));
  expect(outcomes).toMatchObject([
    { ok: false, error: { code: 'RMQ_BROKER_BUSY' } },
    { ok: false, error: { code: 'RMQ_BROKER_BUSY' } },
    { ok: true },
  ]);
});

describe('checkForbidden', () => {
  test('refuses a message for good, and the stream goes on', async () => {
    const reason = new Error('not on my watch');
    const { calls, hooks } = recorder();
    const producer = bench.producer({
      hooks: {
        ...hooks,
        checkForbidden: ({ message: { body } }) => {
          if (body === 'secret') throw reason;
        },
      },
    });
    const bodies = ['one', 'secret', 'two'];
    const outcomes = await lastValueFrom(
      from(bodies.map(message)).pipe(toRocketMQ(producer, { onFailure: 'result' }), toArray()),
    );
    const failures = outcomes.filter(({ ok }) => !ok);
    expect(failures).toMatchObject([
      { stage: 'send', stored: 'no', attempts: [], error: { code: 'RMQ_SEND_FORBIDDEN', retryable: false } },
    ]);
    expect(failures).toMatchObject([{ error: { cause: reason, message: expect.stringContaining('not on my watch') } }]);
    expect(
      bench.cluster
        .messages(TOPIC)
        .map(({ body }) => body.toString())
        .sort(),
    ).toEqual(['one', 'two']);
    expect(calls.filter(([, { message: sent }]) => sent.body === 'secret')).toEqual([]);
  });

  test('that is asynchronous refuses everything: its promise would say so too late', async () => {
    const producer = bench.producer({ hooks: { checkForbidden: () => Promise.resolve() as unknown as void } });
    expect(await failureOf(producer.send(message()))).toMatchObject({ code: 'RMQ_SEND_FORBIDDEN' });
    expect(bench.cluster.count(TOPIC)).toBe(0);
  });
});

test('messages that share a frame have an attempt each, and what is forbidden is not in it', async () => {
  const { calls, hooks } = recorder();
  const producer = bench.producer({
    hooks: {
      ...hooks,
      checkForbidden: ({ message: { body } }) => {
        if (body === '3') throw new Error('not three');
      },
    },
  });
  const bodies = Array.from({ length: 8 }, (_, i) => String(i));
  const { queue } = await producer.send(message('first'));
  calls.length = 0;
  const messages = bodies.map((body) => ({ ...message(body), keys: 'key', queue }));
  const outcomes = await lastValueFrom(
    from(messages).pipe(toRocketMQ(producer, { onFailure: 'result', batch: true }), toArray()),
  );
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(7);
  expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([{ error: { code: 'RMQ_SEND_FORBIDDEN' }, attempts: [] }]);
  const requests = bench.cluster.brokers.map((broker) => broker.requests('SEND_BATCH_MESSAGE'));
  expect(Math.max(...requests)).toBe(1);
  const ended = calls.filter(([name]) => name === 'afterSend').map(([, { message: sent }]) => sent.body);
  expect(new Set(ended)).toEqual(new Set(bodies.filter((body) => body !== '3')));
  expect(ended).toHaveLength(7);
});

test('what beforeSend and afterSend throw is told, and the outcome stands', async () => {
  const broken = new Error('broken');
  const hooks: Hooks = {
    beforeSend: () => {
      throw broken;
    },
    afterSend: () => Promise.reject(broken) as unknown as void,
  };
  const producer = bench.producer({ hooks });
  const events = hookEvents(producer);
  const receipts = await lastValueFrom(from([message(), message()]).pipe(toRocketMQ(producer), toArray()));
  expect(receipts).toHaveLength(2);
  expect(events.filter((event) => event.type === 'hook-failed' && event.hook === 'beforeSend')).toEqual([
    { type: 'hook-failed', hook: 'beforeSend', error: broken },
    { type: 'hook-failed', hook: 'beforeSend', error: broken },
  ]);
  expect(events).toHaveLength(4);
});

test('a oneway send ends unconfirmed', async () => {
  const { calls, hooks } = recorder();
  const producer = bench.producer({ hooks });
  producer.sendOneway(message());
  await producer.flush();
  expect(calls[0]?.[1].mode).toBe('oneway');
  expect(calls[2]?.[2]).toMatchObject({ ok: true, receipt: { status: 'UNCONFIRMED' } });
});

test('an attempt that is ended from outside has its end told once', async () => {
  for (const broker of bench.cluster.brokers) broker.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: drop() });
  const { calls, hooks } = recorder();
  const producer = bench.producer({ hooks });
  const controller = new AbortController();
  const sending = producer.send(message(), { signal: controller.signal });
  await until(() => calls.length === 2);
  controller.abort();
  expect(await failureOf(sending)).toMatchObject({ code: 'RMQ_ABORTED' });
  expect(calls.slice(2)).toMatchObject([['afterSend', {}, { ok: false, error: { code: 'RMQ_ABORTED' } }]]);
});

test.each(['checkForbidden', 'beforeSend'] as const)(
  'a message that %s ends by its signal is not sent, and its attempt ends once where it began',
  async (hook) => {
    const { calls, hooks } = recorder();
    const controller = new AbortController();
    const abort = (context: SendContext): void => {
      hooks[hook]?.(context);
      controller.abort();
    };
    const producer = bench.producer({ hooks: { ...hooks, [hook]: abort } });
    const failure = await failureOf(producer.send(message(), { signal: controller.signal }));
    expect(failure).toMatchObject({ code: 'RMQ_ABORTED', stored: 'no' });
    await producer.send(message('another'));
    expect(bench.cluster.messages(TOPIC).map(({ body }) => body.toString())).toEqual(['another']);
    const told = calls.filter(([, { message: sent }]) => sent.body === 'hello').map(([name]) => name);
    expect(told).toEqual(
      hook === 'checkForbidden' ? ['checkForbidden'] : ['checkForbidden', 'beforeSend', 'afterSend'],
    );
  },
);

test('a stream that a hook stops in the middle of a batch sends nothing of it', async () => {
  const controller = new AbortController();
  const failures: SendFailure[] = [];
  const producer = bench.producer({ hooks: { beforeSend: () => controller.abort() } });
  const sending = from(['one', 'two', 'three'].map(message)).pipe(
    toRocketMQ(producer, { batch: true, signal: controller.signal, deadLetter: { next: (one) => failures.push(one) } }),
  );
  await expect(lastValueFrom(sending)).rejects.toMatchObject({ code: 'RMQ_ABORTED' });
  expect(failures.map(({ stored }) => stored)).toEqual(['no', 'no', 'no']);
  // Its farewell goes the same way, so whatever left is there by then.
  await producer.shutdown();
  expect(bench.cluster.count(TOPIC)).toBe(0);
});

test('an answer that is stored weakly is an attempt that succeeded, also where another follows', async () => {
  for (const broker of bench.cluster.brokers) {
    broker.script({ when: { code: 'SEND_MESSAGE_V2' }, reply: amendAnswer({ code: 'FLUSH_DISK_TIMEOUT' }) });
  }
  const { calls, hooks } = recorder();
  const producer = bench.producer({ hooks, retries: 1, retryAnotherBrokerWhenNotStoreOk: true });
  await producer.send(message());
  const outcomes = calls.flatMap(([, , outcome]) => (outcome === undefined ? [] : [outcome]));
  const weak = { ok: true, receipt: { status: 'FLUSH_DISK_TIMEOUT' } };
  expect(outcomes).toMatchObject([weak, weak]);
});

describe('request hooks', () => {
  test('see everything that the client instance asks for, and the answers', async () => {
    const asked: string[] = [];
    const answered: string[] = [];
    const producer = bench.producer({
      hooks: {
        beforeRequest: (address, { name, code }) => void asked.push(`${name ?? code} ${address}`),
        afterResponse: (address, { name }, { code }) => void answered.push(`${name} ${address} ${code}`),
      },
    });
    const { queue } = await producer.send(message());
    await until(() => asked.some((line) => line.startsWith('HEART_BEAT')));
    await producer.shutdown();
    const { nameServers, brokers } = bench.cluster;
    const address = brokers.find(({ name }) => name === queue.brokerName)?.address;
    expect(asked).toContain(`GET_ROUTEINFO_BY_TOPIC ${nameServers}`);
    expect(asked).toContain(`SEND_MESSAGE_V2 ${address}`);
    for (const broker of brokers) {
      expect(asked).toContain(`UNREGISTER_CLIENT ${broker.address}`);
      expect(answered).toContain(`UNREGISTER_CLIENT ${broker.address} 0`);
    }
    expect(answered).toContain(`SEND_MESSAGE_V2 ${address} 0`);
  });

  test('of several producers of one instance are all called, and leave with their producer', async () => {
    const seen: string[] = [];
    const make = (group: string): Producer =>
      bench.producer({
        group,
        instanceName: 'shared',
        hooks: { beforeRequest: (_, { name }) => void seen.push(`${group} ${name}`) },
      });
    const [one, two] = [make('one'), make('two')];
    await one.start();
    await two.start();
    await one.send(message());
    expect(seen.filter((line) => line.endsWith('SEND_MESSAGE_V2')).sort()).toEqual([
      'one SEND_MESSAGE_V2',
      'two SEND_MESSAGE_V2',
    ]);
    await one.shutdown();
    seen.length = 0;
    await two.send(message());
    expect(seen.filter((line) => line.endsWith('SEND_MESSAGE_V2'))).toEqual(['two SEND_MESSAGE_V2']);
  });

  test('one that throws fails that request alone, once', async () => {
    let throws = true;
    const producer = bench.producer({
      hooks: {
        beforeRequest: (_, { name }) => {
          if (throws && name === 'SEND_MESSAGE_V2') throw new Error('not this one');
        },
      },
    });
    expect(await failureOf(producer.send(message()))).toMatchObject({
      code: 'RMQ_HOOK_FAILED',
      stored: 'no',
      failure: { attempts: [{ error: { code: 'RMQ_HOOK_FAILED' } }] },
    });
    throws = false;
    await producer.send(message());
    expect(bench.cluster.count(TOPIC)).toBe(1);
  });

  test('what afterResponse throws is told', async () => {
    const producer = bench.producer({
      hooks: {
        afterResponse: () => {
          throw new Error('broken');
        },
      },
    });
    const events = hookEvents(producer);
    await producer.send(message());
    expect(events).toContainEqual({ type: 'hook-failed', hook: 'afterResponse', error: new Error('broken') });
  });
});

test('what hooks are told shows neither body nor properties nor context, however it is printed, copied or cloned', async () => {
  const { calls, hooks } = recorder();
  const producer = bench.producer({ hooks });
  const secret = { ...message('secret'), keys: 'order-1', properties: { p: 'secret' }, context: 'secret' };
  await producer.send(secret);
  await producer.sendBatch([secret, secret]);
  expect(calls).toHaveLength(6);
  for (const [, context, outcome] of calls) {
    expect(printsOf(context, ['secret'])).toEqual([]);
    expect(printsOf(outcome ?? {}, ['secret'])).toEqual([]);
    expect(context.message).toBe(secret);
  }
});
