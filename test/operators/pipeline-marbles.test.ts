/**
 * Whole pipelines as marbles: only the brokers are virtual. A frame is a millisecond; a letter is a message. Capitals are
 * receipts, small letters failures.
 */
import { catchError, map, type Observable, tap, throwError } from 'rxjs';
import type { RunHelpers } from 'rxjs/internal/testing/TestScheduler';
import { admit, type AdmitOptions } from '../../operators/admit.js';
import { fromPull } from '../../operators/from-pull.js';
import { retryExcludingBroker } from '../../operators/retry-excluding-broker.js';
import { settle, type SettleOptions } from '../../operators/settle.js';
import { stage } from '../../operators/stage.js';
import { validateMessage } from '../../operators/validate-message.js';
import { RocketMQError } from '../../src/errors/rocketmq-error.js';
import type { Routed, Settled } from '../../src/producer/message/envelope.js';
import type { Message } from '../../src/producer/message/message.js';
import type { SendFailure } from '../../src/producer/message/outcome.js';
import { SendError } from '../../src/producer/message/send-error.js';
import { FlowBench, ROUTE, testScheduler } from './operator-kit.js';
import { failAttempt, succeed } from './outcome-kit.js';

/** What brokers do with each letter: the ms of each attempt, and whether the last one succeeds. */
const BROKERS: Readonly<Record<string, { readonly takes: readonly number[]; readonly ok: boolean }>> = {
  a: { takes: [5], ok: true },
  b: { takes: [5], ok: true },
  c: { takes: [5], ok: true },
  s: { takes: [20], ok: true }, // slow
  t: { takes: [20], ok: true }, // slow too
  r: { takes: [5, 5], ok: true }, // at the second attempt
  f: { takes: [5], ok: false }, // refused
  g: { takes: [10], ok: false }, // refused later
  x: { takes: [], ok: false }, // invalid
};

type Letter = Message<string>;
const letters = Object.fromEntries(
  Object.keys(BROKERS).map((letter): [string, Letter] => [
    letter,
    { topic: letter === 'x' ? '' : 'orders', body: letter, context: letter },
  ]),
);

interface Setup extends AdmitOptions, SettleOptions {}

/** `source` through everything but sockets. Emits letters, errors with what the SendError names. */
function send(bench: FlowBench, source: Observable<Letter>, setup: Setup, dead: string[] = []): Observable<string> {
  const { results, onFailure, ...admission } = setup;
  const attempt = stage<string, Routed<string>, never>('send', 'RMQ_CONNECT_FAILED', (passage) => (envelope) => {
    const { takes = [], ok = false } = BROKERS[envelope.context] ?? {};
    const sink = { answered() {}, handedOver() {}, failed() {} };
    envelope.attempt++;
    envelope.sink = sink;
    passage.hold(envelope);
    const isLast = envelope.attempt === takes.length;
    bench.clock.after(takes[envelope.attempt - 1] ?? 0, () => {
      if (envelope.outcome !== undefined) return;
      if (isLast && ok) succeed(envelope);
      else failAttempt(envelope, isLast ? 'RMQ_MESSAGE_REFUSED' : 'RMQ_CONNECT_FAILED');
    });
    return 'kept';
  });
  return source.pipe(
    validateMessage<string>(),
    admit<string>(bench, {
      window: 2,
      deadLetter: { next: (failure: SendFailure) => dead.push(`${String(failure.context)} ${failure.stored}`) },
      keepsOutcomes: results === 'source' ? 'in-order' : undefined,
      ...admission,
    }),
    tap((envelope) => (envelope.route = ROUTE)),
    (envelopes$) => envelopes$ as Observable<Routed<string> | Settled<string>>,
    retryExcludingBroker<string>(attempt, { delayMs: () => 0 }),
    settle<string>({ ...(results && { results }), ...(onFailure && { onFailure }) }),
    map(({ ok, context }) => (ok ? context.toUpperCase() : context)),
    catchError((error: unknown) => throwError(() => shown(error))),
  );
}

/** An error by the letters it names (failure, others that failed, not sent), or by its code. */
function shown(error: unknown): unknown {
  if (error instanceof SendError) {
    const { failure, alsoFailed, notSent }: SendError = error;
    return [[failure], alsoFailed, notSent].map((failures) => failures.map(({ context }) => context).join('')).join();
  }
  return error instanceof RocketMQError ? error.code : error;
}

function marbles(play: (helpers: RunHelpers & { readonly bench: FlowBench }) => void): FlowBench {
  const scheduler = testScheduler();
  const bench = new FlowBench(scheduler);
  scheduler.run((helpers) => play({ ...helpers, bench }));
  return bench;
}

const expectConserved = ({ statistics }: FlowBench, offered: number): void => {
  expect(statistics.snapshot()).toMatchObject({ offered, inFlight: 0, inFlightBytes: 0, buffered: 0 });
  expect(statistics.sent + statistics.failed).toBe(offered);
};

describe('the order of outcomes', () => {
  test('is that in which they come about', () => {
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('sab|', letters), {})).toBe('6ms A 4ms B 8ms (S|)');
    });
    expectConserved(played, 3);
  });

  test('is that of the source, and an outcome that waits for its turn holds its slot', () => {
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('sabc|', letters), { results: 'source' })).toBe('20ms (SA)-(BC|)');
    });
    expectConserved(played, 4);
  });

  test('is that of the source for failures too', () => {
    const played = marbles(({ bench, hot, expectObservable }) => {
      const options = { results: 'source', onFailure: 'result' } as const;
      expectObservable(send(bench, hot('sfa|', letters), options)).toBe('20ms (Sf)-(A|)');
    });
    expectConserved(played, 3);
  });
});

describe('onFailure', () => {
  test('error takes no more, finishes what is in flight, and errors with what failed and what was not sent', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('sfab 6ms c|', letters);
      expectObservable(send(bench, source, {}, dead)).toBe('20ms (S#)', undefined, 'f,,ab');
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    });
    expect(dead).toEqual(['f no', 'a no', 'b no']);
    expectConserved(played, 4);
  });

  test('error names what else failed', () => {
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('fgab|', letters), {})).toBe('11ms #', undefined, 'f,g,ab');
    });
    expectConserved(played, 4);
  });

  test('error is not for later than a message that was never valid', () => {
    const played = marbles(({ bench, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('sxa|', letters);
      expectObservable(send(bench, source, {})).toBe('20ms (S#)', undefined, 'x,,');
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
    expectConserved(played, 2);
  });

  test('result emits failures like receipts', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('sfab|', letters), { onFailure: 'result' }, dead)).toBe(
        '6ms f 4ms A 4ms B 3ms (S|)',
      );
    });
    expect(dead).toEqual(['f no']);
    expectConserved(played, 4);
  });

  test('drop goes on without them', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('sfab|', letters), { onFailure: 'drop' }, dead)).toBe('11ms A 4ms B 3ms (S|)');
    });
    expect(dead).toEqual(['f no']);
    expectConserved(played, 4);
  });

  test('delay-error goes on, and errors at the end', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable }) => {
      const source = hot('sfaxb|', letters);
      expectObservable(send(bench, source, { onFailure: 'delay-error' }, dead)).toBe(
        '11ms A 4ms B 3ms (S#)',
        undefined,
        'x,f,',
      );
    });
    expect(dead).toEqual(['x no', 'f no']);
    expectConserved(played, 5);
  });

  test('a failed attempt is no failure', () => {
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('r|', letters), {})).toBe('10ms (R|)');
    });
    expect(played.statistics.retried).toBe(1);
    expectConserved(played, 1);
  });

  test('an error of the source comes after everything accepted', () => {
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('sab#', letters), {})).toBe('6ms A 4ms B 8ms (S#)');
    });
    expectConserved(played, 3);
  });
});

describe('until', () => {
  test('takes no more, finishes what was taken, completes', () => {
    const played = marbles(({ bench, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('sab-c-c-c', letters);
      const until = hot('---u');
      expectObservable(send(bench, source, { until })).toBe('6ms A 4ms B 8ms (S|)');
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(until.subscriptions).toBe('^ 19ms !');
    });
    expectConserved(played, 3);
  });

  test('that completes without a value stops nothing; one that errors ends the stream with that, after the rest', () => {
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('a--b|', letters), { until: hot('-|') })).toBe('5ms A--(B|)');
      expectObservable(send(bench, hot('sa--b|', letters), { until: hot('--#', undefined, 'why') })).toBe(
        '6ms A 13ms (S#)',
        undefined,
        'why',
      );
    });
    expectConserved(played, 4);
  });

  test('as a signal does the same, and one that has come before takes nothing', () => {
    const abort = new AbortController();
    const played = marbles(({ bench, hot, expectObservable, expectSubscriptions }) => {
      bench.clock.after(2, () => abort.abort());
      expectObservable(send(bench, hot('sa-b-c', letters), { until: abort.signal })).toBe('6ms A 13ms (S|)');
      const late = hot('sa-b-c', letters);
      expectObservable(send(bench, late, { until: AbortSignal.abort() })).toBe('|');
      expectSubscriptions(late.subscriptions).toBe([]);
    });
    expectConserved(played, 2);
  });
});

describe('unsubscribing', () => {
  test('emits no more, gives back what waits, and finishes and counts what is with a broker', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('sabc', letters);
      expectObservable(send(bench, source, {}, dead), '^ 9ms !').toBe('6ms A');
      expectSubscriptions(source.subscriptions).toBe('^ 9ms !');
    });
    expect(dead).toEqual(['c no']);
    expect(played.events).toMatchObject([{ type: 'abandoned', failures: [{ context: 'c' }] }]);
    expect(played.statistics).toMatchObject({ sent: 3, failed: 1 });
    expectConserved(played, 4);
  });

  test('makes an attempt that fails the last one', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('r', letters), {}, dead), '^--!').toBe('');
    });
    expect(dead).toHaveLength(1);
    expect(played.statistics.retried).toBe(0);
    expectConserved(played, 1);
  });
});

describe('signal', () => {
  const abortAt = (bench: FlowBench, ms: number): AbortSignal => {
    const abort = new AbortController();
    bench.clock.after(ms, () => abort.abort());
    return abort.signal;
  };

  test('ends everything now: what is with a broker may be stored', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('sabc', letters);
      const signal = abortAt(bench, 10);
      expectObservable(send(bench, source, { signal, onFailure: 'drop' }, dead)).toBe(
        '6ms A 3ms #',
        undefined,
        'RMQ_ABORTED',
      );
      expectSubscriptions(source.subscriptions).toBe('^ 9ms !');
    });
    expect(dead).toEqual(['s maybe', 'b maybe', 'c no']);
    expectConserved(played, 4);
  });

  test('holds also after unsubscribing', () => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable }) => {
      const signal = abortAt(bench, 10);
      expectObservable(send(bench, hot('sabc', letters), { signal }, dead), '^ 7ms !').toBe('6ms A');
    });
    expect(dead).toEqual(['c no', 's maybe', 'b maybe']);
    expectConserved(played, 4);
  });

  test('that was aborted before takes nothing', () => {
    const played = marbles(({ bench, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('sabc', letters);
      const signal = AbortSignal.abort();
      expectObservable(send(bench, source, { signal })).toBe('#', undefined, 'RMQ_ABORTED');
      expectSubscriptions(source.subscriptions).toBe([]);
    });
    expectConserved(played, 0);
  });
});

describe('a pull source', () => {
  test('is read as messages settle, no further than the window', () => {
    let ahead = 0;
    const played = marbles(({ bench, expectObservable }) => {
      const rows = function* (): Generator<Letter> {
        for (const [read, letter] of ['a', 'b', 's', 'c', 'x', 'a'].entries()) {
          ahead = Math.max(ahead, read + 1 - bench.statistics.sent - bench.statistics.failed);
          yield letters[letter] ?? { topic: '', body: '' };
        }
      };
      const options = { onFailure: 'result' } as const;
      expectObservable(send(bench, fromPull(rows()), options)).toBe('5ms (AB)-(Cx)-A 9ms (S|)');
    });
    expect(ahead).toBe(2);
    expectConserved(played, 6);
  });
});

describe('a push source that overflows', () => {
  const play = (setup: Setup, expected: string, error?: string): { played: FlowBench; dead: string[] } => {
    const dead: string[] = [];
    const played = marbles(({ bench, hot, expectObservable }) => {
      expectObservable(send(bench, hot('(abcst|)', letters), setup, dead)).toBe(expected, undefined, error);
    });
    return { played, dead };
  };

  test('error: fails, sends what was accepted, and ends the stream', () => {
    const { played, dead } = play({ buffer: { messages: 1 } }, '5ms (AB#)', 's,,c');
    expect(dead).toEqual(['s no', 'c no']);
    expectConserved(played, 4);
  });

  test('drop-newest', () => {
    const buffer = { messages: 1, onOverflow: 'drop-newest' } as const;
    const { played, dead } = play({ buffer, onFailure: 'result' }, '(st)-(AB)-(C|)');
    expect(dead).toEqual(['s no', 't no']);
    expect(played.events).toEqual([{ type: 'overflow', dropped: 2 }]);
    expectConserved(played, 5);
  });

  test('drop-oldest', () => {
    const buffer = { messages: 1, onOverflow: 'drop-oldest' } as const;
    const { played, dead } = play({ buffer, onFailure: 'result' }, '(cs)-(AB) 16ms (T|)');
    expect(dead).toEqual(['c no', 's no']);
    expectConserved(played, 5);
  });

  test('what a policy drops ends no stream', () => {
    const buffer = { messages: 1, onOverflow: 'drop-newest' } as const;
    const { played, dead } = play({ buffer }, '5ms (AB)-(C|)');
    expect(dead).toEqual(['s no', 't no']);
    expectConserved(played, 5);
  });

  test('unbounded', () => {
    const buffer = { messages: 1, onOverflow: 'unbounded' } as const;
    const { played, dead } = play({ buffer }, '5ms (AB)-C 14ms S 4ms (T|)');
    expect(dead).toEqual([]);
    expectConserved(played, 5);
  });
});

test('each subscription is a stream of its own, also while another goes on, after one that ended, and after an error', () => {
  const played = marbles(({ bench, cold, expectObservable }) => {
    const outcomes$ = send(bench, cold('af|', letters), {});
    expectObservable(outcomes$).toBe('5ms A#', undefined, 'f,,');
    expectObservable(outcomes$, '--^').toBe('7ms A#', undefined, 'f,,');
    expectObservable(outcomes$, '9ms ^').toBe('14ms A#', undefined, 'f,,');
  });
  expect(played.flows).toHaveLength(3);
  expectConserved(played, 6);
});
