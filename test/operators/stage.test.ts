import { EMPTY, NEVER, of, Subject, throwError } from 'rxjs';
import { fail, passOn, type Passage, stage, type Verdict } from '../../operators/stage.js';
import { publicKey } from '../../src/errors/copies.js';
import { createError } from '../../src/errors/rocketmq-error.js';
import type { Envelope, Open, Settled } from '../../src/producer/message/envelope.js';
import { message, open, testScheduler } from './operator-kit.js';
import { succeed } from './outcome-kit.js';

type Act = (passage: Passage) => (envelope: Open<number>) => Verdict;

const stageOf = (act: Act) => stage<number, Open<number>, Open<number>>('route', 'RMQ_ROUTE_MISSING', act);
const passing = stageOf(() => () => 'pass');

function run(act: Act) {
  const source = new Subject<Open<number> | Settled<number>>();
  const passed: Envelope[] = [];
  const ends: unknown[] = [];
  const subscription = source.pipe(stageOf(act)).subscribe({
    next(envelope) {
      passed.push(envelope);
      // Below it the next stage has it.
      if (envelope.outcome === undefined) envelope.holder = { stage: 'send', released() {} };
    },
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  return { source, passed, ends, subscription };
}

/** A stage that keeps everything until it is let go. */
function runKeeping() {
  const passages: Passage[] = [];
  const stage = run((passage) => {
    passages.push(passage);
    return (envelope) => {
      passage.hold(envelope);
      return 'kept';
    };
  });
  return { ...stage, release: (envelope: Envelope) => passages[0]?.release(envelope) };
}

describe('a stage', () => {
  test('never, empty and error pass through', () => {
    testScheduler().run(({ expectObservable }) => {
      expectObservable(NEVER.pipe(passing)).toBe('');
      expectObservable(EMPTY.pipe(passing)).toBe('|');
      expectObservable(throwError(() => 'error').pipe(passing)).toBe('#');
    });
  });

  test('acts on open envelopes and leaves settled ones alone, in order', () => {
    const acted: number[] = [];
    const { source, passed } = run(() => ({ context }) => {
      acted.push(context);
      return 'pass';
    });
    const settled = open(2);
    succeed(settled);
    for (const envelope of [open(1), settled, open(3)]) source.next(envelope);
    expect(acted).toEqual([1, 3]);
    expect(passed.map(({ context }) => context)).toEqual([1, 2, 3]);
  });

  test('begins anew for each subscription', () => {
    const begin = jest.fn<(envelope: Open<number>) => Verdict, [Passage]>(() => () => 'pass');
    const staged$ = of(open(1)).pipe(stageOf(begin));
    staged$.subscribe();
    staged$.subscribe();
    expect(begin).toHaveBeenCalledTimes(2);
  });

  test('that throws settles its message, with what it threw as the cause, and goes on', () => {
    const boom = new Error('boom');
    const { source, passed } = run(() => (envelope) => {
      if (envelope.context === 1) throw boom;
      return 'pass';
    });
    source.next(open(1));
    source.next(open(2));
    expect(passed.map(({ outcome }) => outcome)).toEqual([
      expect.objectContaining({
        stage: 'route',
        stored: 'no',
        error: expect.objectContaining({ code: 'RMQ_ROUTE_MISSING', cause: boom }),
      }),
      undefined,
    ]);
  });

  test('that throws an error of ours settles with exactly that', () => {
    const error = createError('RMQ_CLOSED', 'closed');
    const { source, passed } = run(() => () => {
      throw error;
    });
    source.next(open());
    expect(passed[0]?.outcome).toMatchObject({ error });
  });

  test('that throws while it holds the message passes it on once', () => {
    const { source, passed } = run((passage) => (envelope) => {
      passage.hold(envelope);
      throw new Error('boom');
    });
    source.next(open());
    expect(passed).toHaveLength(1);
  });

  test('unsubscribing leaves the source', () => {
    const { source, subscription } = run(() => () => 'pass');
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
  });
});

describe('what has a part in the pipeline', () => {
  test('a copy of an envelope has none, and is ignored', () => {
    const { source, passed, ends } = run(() => () => 'pass');
    const copy: object = { ...open(1) };
    source.next(copy as Open<number>);
    expect(passed).toEqual([]);
    expect(ends).toEqual([]);
  });

  test('an envelope of another version of the library ends the stream, and does not vanish', () => {
    const { source, passed, ends } = run(() => () => 'pass');
    const foreign: object = { [Symbol.for(publicKey('envelope'))]: '9.9.9' };
    source.next(foreign as Open<number>);
    expect(passed).toEqual([]);
    expect(ends).toEqual([
      expect.objectContaining({ code: 'RMQ_ARGUMENT_INVALID', detail: { rule: 'same-version', version: '9.9.9' } }),
    ]);
  });
});

describe('a stage that keeps a message', () => {
  test('passes it on when it is released, and once', () => {
    const { source, passed, release } = runKeeping();
    const [one, two] = [open(1), open(2)];
    source.next(one);
    source.next(two);
    release(two);
    release(two);
    expect(passed).toEqual([two]);
    expect(one.holder).toMatchObject({ stage: 'route' });
  });

  test('passes it on when it is settled meanwhile; releasing it then does nothing', () => {
    const { source, passed, release } = runKeeping();
    const envelope = open();
    source.next(envelope);
    fail(envelope, 'route', 'RMQ_DEADLINE', 'late');
    release(envelope);
    expect(passed).toEqual([envelope]);
  });

  test.each(['complete', 'error'] as const)('lets %s wait for it', (end) => {
    const { source, ends, release } = runKeeping();
    const [one, two] = [open(1), open(2)];
    source.next(one);
    source.next(two);
    if (end === 'complete') source.complete();
    else source.error('error');
    release(one);
    expect(ends).toEqual([]);
    release(two);
    expect(ends).toEqual([end]);
  });

  test('ignores it when it comes a second time', () => {
    const { source, passed, release } = runKeeping();
    const envelope = open();
    source.next(envelope);
    source.next(envelope);
    release(envelope);
    expect(passed).toEqual([envelope]);
  });
});

describe('passOn', () => {
  test('settles what comes back neither held nor settled, and tells downstream', () => {
    const seen: unknown[] = [];
    const envelope = open(1);
    passOn({ next: ({ outcome }) => seen.push(outcome) }, envelope);
    expect(seen).toEqual([undefined, expect.objectContaining({ stage: 'dropped', stored: 'no', message: message(1) })]);
    expect(envelope.outcome).toMatchObject({ error: { code: 'RMQ_ENVELOPE_DROPPED' } });
  });

  test('leaves alone what is held and what was settled', () => {
    const held = open();
    passOn({ next: (envelope) => (envelope.holder = { stage: 'send', released() {} }) }, held);
    expect(held.outcome).toBeUndefined();
    const settled = open();
    passOn({ next: succeed }, settled);
    expect(settled.outcome).toMatchObject({ ok: true });
  });
});
