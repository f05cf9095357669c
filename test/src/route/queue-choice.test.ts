import type { MessageQueue } from '../../../src/protocol/message-queue.js';
import {
  type AttemptFacts,
  brokerPreferences,
  hashedQueue,
  nextPreferredQueue,
  nextQueue,
  preferredQueues,
  randomQueue,
  startRotation,
} from '../../../src/route/queue-choice.js';
import { told } from './sample-routes.js';

const queuesOf = (...names: readonly string[]): readonly MessageQueue[] =>
  names.map((name) => {
    const [brokerName = '', queueId] = name.split('/');
    return { topic: 't', brokerName, queueId: Number(queueId) };
  });
const queues = queuesOf('a/0', 'a/1', 'b/0', 'b/1');
const NOBODY: ReadonlySet<string> = new Set();

/** An attempt that has nothing to pass over, but for `facts`. */
const wishes = (facts: Partial<AttemptFacts> = {}) =>
  brokerPreferences({
    excludedBrokers: NOBODY,
    lastBroker: undefined,
    isStored: false,
    health: undefined,
    mayTake: () => true,
    isDown: () => false,
    ...facts,
  });

/** The next `count` choices: in plain rotation, or past the excluded brokers. */
function choose(
  count: number,
  excludedBrokers: ReadonlySet<string>,
  rotation = { step: -1 },
  from = queues,
): readonly string[] {
  const next = (): MessageQueue | undefined =>
    excludedBrokers.size === 0
      ? nextQueue(from, rotation)
      : nextPreferredQueue(from, rotation, wishes({ excludedBrokers }));
  return told(Array.from({ length: count }, next).filter((q) => q !== undefined));
}

describe('rotation', () => {
  test('takes every queue in turn', () => {
    expect(choose(6, NOBODY)).toEqual(['a/0', 'a/1', 'b/0', 'b/1', 'a/0', 'a/1']);
  });

  test('passes over excluded brokers and loads the others evenly', () => {
    expect(choose(4, new Set(['a']))).toEqual(['b/0', 'b/1', 'b/0', 'b/1']);
  });

  test('goes on behind the queue that was taken', () => {
    const rotation = { step: -1 };
    expect(choose(1, new Set(['a']), rotation)).toEqual(['b/0']);
    expect(choose(2, NOBODY, rotation)).toEqual(['b/1', 'a/0']);
  });

  test('takes the next queue when every broker is excluded', () => {
    expect(choose(5, new Set(['a', 'b']))).toEqual(['a/0', 'a/1', 'b/0', 'b/1', 'a/0']);
  });

  test('starts anywhere', () => {
    const firsts = Array.from({ length: 200 }, () => choose(1, NOBODY, startRotation())[0]);
    expect(new Set(firsts)).toEqual(new Set(told(queues)));
  });

  test('never runs out of numbers', () => {
    const rotation = startRotation(() => 1 - 2 ** -53);
    const taken = choose(8, NOBODY, rotation);
    expect(new Set(taken)).toEqual(new Set(told(queues)));
    expect(rotation.step).toBeLessThan(2 ** 30);
  });

  test('follows a route that became shorter', () => {
    expect(choose(3, NOBODY, { step: 3 }, queuesOf('a/0', 'a/1'))).toEqual(['a/0', 'a/1', 'a/0']);
  });

  test('has nothing to choose among no queues', () => {
    expect(nextQueue([], { step: 0 })).toBeUndefined();
    expect(nextPreferredQueue([], { step: 0 }, wishes())).toBeUndefined();
  });
});

describe('choice by key', () => {
  // Java: Math.abs("…".hashCode() % n).
  test.each([
    ['', 4, 0],
    ['a', 4, 1],
    ['order-1', 4, 2],
    ['order-42', 4, 1],
    ['polygenelubricants', 7, 2],
    ['schlüssel', 5, 4],
  ])('%j among %i queues takes number %i, as Java does', (key, count, index) => {
    const list = queuesOf(...Array.from({ length: count }, (_, i) => `a/${i}`));
    expect(hashedQueue(list, key)?.queueId).toBe(index);
  });

  test('has nothing to choose among no queues', () => {
    expect(hashedQueue([], 'a')).toBeUndefined();
  });
});

describe('random choice', () => {
  test('reaches the first and the last queue and no other place', () => {
    expect(randomQueue(queues, () => 0)).toBe(queues[0]);
    expect(randomQueue(queues, () => 1 - 2 ** -53)).toBe(queues[3]);
    expect(randomQueue([])).toBeUndefined();
  });
});

describe('rotation past slow brokers', () => {
  const six = queuesOf('a/0', 'a/1', 'b/0', 'b/1', 'c/0', 'c/1');

  /** The brokers of one round, by how they are. */
  const round = (unavailable: string[], unreachable: string[] = [], excluded: string[] = []): Set<string> => {
    const health = {
      isClear: false,
      isAvailable: (brokerName: string) => !unavailable.includes(brokerName),
      isReachable: (brokerName: string) => !unreachable.includes(brokerName),
    };
    const rotation = startRotation();
    const preferences = wishes({ excludedBrokers: new Set(excluded), health });
    const chosen = six.map(() => nextPreferredQueue(six, rotation, preferences)?.brokerName ?? '');
    return new Set(chosen);
  };

  test('goes round the available brokers', () => {
    expect(round([])).toEqual(new Set(['a', 'b', 'c']));
    expect(round(['b'])).toEqual(new Set(['a', 'c']));
    expect(round(['b'], [], ['a'])).toEqual(new Set(['c']));
  });

  test('goes round those that can be reached where none is available', () => {
    expect(round(['a', 'b', 'c'], ['c'])).toEqual(new Set(['a', 'b']));
    expect(round(['a', 'b', 'c'], ['c'], ['a'])).toEqual(new Set(['b']));
  });

  test('prefers any other broker to one that failed the message', () => {
    expect(round(['a', 'b', 'c'], ['a', 'b', 'c'], ['a'])).toEqual(new Set(['b', 'c']));
    expect(round(['b', 'c'], ['b', 'c'], ['a'])).toEqual(new Set(['b', 'c']));
    expect(round(['a', 'b', 'c'], ['a', 'b', 'c'], ['a', 'b', 'c'])).toEqual(new Set(['a', 'b', 'c']));
  });

  test('uses every queue of the brokers that are left', () => {
    const rotation = startRotation();
    const health = { isClear: false, isAvailable: (name: string) => name !== 'a', isReachable: () => true };
    const chosen = Array.from({ length: 4 }, () => nextPreferredQueue(six, rotation, wishes({ health })));
    expect(new Set(chosen).size).toBe(4);
  });

  test('is plain rotation while nothing counts against any broker', () => {
    const never = (): never => {
      throw new Error('nothing is to be asked');
    };
    const health = { isClear: true, isAvailable: never, isReachable: never };
    const [one, other] = [{ step: 4 }, { step: 4 }];
    expect(nextPreferredQueue(six, one, wishes({ health }))).toBe(nextQueue(six, other));
    expect(one).toEqual(other);
  });
});

describe('an attempt', () => {
  const six = queuesOf('a/0', 'a/1', 'b/0', 'b/1', 'c/0', 'c/1');
  const all = new Set(['a', 'b', 'c']);
  const but =
    (...names: string[]) =>
    (brokerName: string): boolean =>
      !names.includes(brokerName);
  const only =
    (...names: string[]) =>
    (brokerName: string): boolean =>
      names.includes(brokerName);

  test.each<[what: string, facts: Partial<AttemptFacts>, brokers: string[]]>([
    ['passes over a broker that does not respond', { mayTake: but('b') }, ['a', 'c']],
    ['passes over it also where it is healthy', { mayTake: but('b'), health: healthy('b') }, ['a', 'c']],
    ['prefers a broker that did not fail the message', { excludedBrokers: new Set(['a']) }, ['b', 'c']],
    [
      'goes back to one that failed it before to one that does not respond',
      { excludedBrokers: new Set(['a', 'c']), mayTake: but('b'), lastBroker: 'c' },
      ['a'],
    ],
    [
      'does not go back to one where it is stored',
      { excludedBrokers: new Set(['a']), mayTake: only('a'), isStored: true },
      ['b', 'c'],
    ],
    [
      'goes to the one that responds when all have failed it',
      { excludedBrokers: all, isDown: but('b'), lastBroker: 'a' },
      ['b'],
    ],
    [
      'goes to that one also if it was the last that failed it',
      { excludedBrokers: all, isDown: but('b'), lastBroker: 'b' },
      ['b'],
    ],
    ['never goes back to the last one while another responds', { excludedBrokers: all, lastBroker: 'b' }, ['a', 'c']],
    ['goes anywhere where no broker responds', { excludedBrokers: all, isDown: only('a', 'b', 'c') }, ['a', 'b', 'c']],
  ])('%s', (_, facts, brokers) => {
    const rotation = startRotation();
    const chosen = six.map(() => nextPreferredQueue(six, rotation, wishes(facts))?.brokerName ?? '');
    expect([...new Set(chosen)].sort()).toEqual(brokers);
    expect([...new Set(preferredQueues(six, wishes(facts)).map(({ brokerName }) => brokerName))]).toEqual(brokers);
  });

  function healthy(...names: string[]) {
    return { isClear: false, isAvailable: only(...names), isReachable: () => true };
  }
});
