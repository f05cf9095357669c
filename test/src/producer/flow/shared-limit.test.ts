import { type Share, SharedLimit } from '../../../../src/producer/flow/shared-limit.js';

/** A pipeline that always wants more, and notes each message it was given. */
class Greedy {
  readonly share: Share;
  wants = Number.POSITIVE_INFINITY;
  taken = 0;

  constructor(limit: SharedLimit, log: string[], name: string, bytes = 1) {
    this.share = limit.join(() => this.fill());
    this.fill = () => {
      while (this.taken < this.wants && this.share.tryTake(bytes)) {
        this.taken++;
        log.push(name);
      }
    };
  }

  readonly fill: () => void;
}

const unlimited = { messages: undefined, bytes: undefined };

describe('a limit over several pipelines', () => {
  test('is the sum of what they have in flight', () => {
    const limit = new SharedLimit({ ...unlimited, messages: 3 });
    const log: string[] = [];
    const a = new Greedy(limit, log, 'a');
    a.fill();
    expect(a.share.inFlight).toBe(3);
    expect(a.share.isOpen).toBe(false);
    a.share.giveBack(1);
    a.share.passOn();
    expect(a.share.inFlight).toBe(3);
  });

  test('always lets a pipeline have one message, however full it is', () => {
    const limit = new SharedLimit({ messages: 1, bytes: 10 });
    const [a, b] = [limit.join(() => {}), limit.join(() => {})];
    expect([a.tryTake(10), a.tryTake(1), b.isOpen, b.tryTake(500), b.tryTake(1)]).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test('gives what comes free to those that wait in turn, one message each, whoever gives it back', () => {
    const limit = new SharedLimit({ ...unlimited, messages: 4 });
    const log: string[] = [];
    const greedy = new Greedy(limit, log, 'a');
    greedy.fill();
    const others = ['b', 'c'].map((name) => new Greedy(limit, log, name));
    for (const other of others) other.fill();
    log.length = 0;
    for (let n = 0; n < 20; n++) {
      const from = [greedy, ...others].sort((x, y) => y.share.inFlight - x.share.inFlight)[0];
      from?.share.giveBack(1);
      from?.share.passOn();
    }
    const counts = ['a', 'b', 'c'].map((name) => log.filter((one) => one === name).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(log.length).toBeGreaterThanOrEqual(18);
  });

  test('is nobody’s turn after somebody who wants nothing any more', () => {
    const limit = new SharedLimit({ ...unlimited, messages: 1 });
    const log: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new Greedy(limit, log, name)) as [Greedy, Greedy, Greedy];
    for (const one of [a, b, c]) one.fill();
    b.wants = 0;
    for (const one of [a, b, c]) one.share.giveBack(1);
    log.length = 0;
    a.share.passOn();
    expect(log.filter((one) => one === 'b')).toEqual([]);
    expect(a.share.inFlight + c.share.inFlight).toBe(1);
  });

  test('keeps the turn of a message that does not fit yet, so that small ones do not keep it waiting for ever', () => {
    const limit = new SharedLimit({ ...unlimited, bytes: 100 });
    const log: string[] = [];
    const small = new Greedy(limit, log, 'small', 10);
    const large = new Greedy(limit, log, 'large', 60);
    large.wants = 2;
    large.fill();
    small.fill();
    // The second large one came first, and there would be room for three more small ones.
    expect(log).toEqual(['large', 'small']);
    large.share.giveBack(60);
    large.share.passOn();
    expect(log).toEqual(['large', 'small', 'large', 'small', 'small', 'small']);
  });

  test('does not keep timers waiting while messages settle at once', async () => {
    const limit = new SharedLimit({ ...unlimited, messages: 2 });
    let given = 0;
    const holder = limit.join(() => {});
    const endless: Share = limit.join(() => {
      if (given >= 5000) return;
      given++;
      endless.tryTake(1);
      endless.giveBack(1);
      endless.wait();
    });
    holder.tryTake(1);
    endless.wait();
    limit.distribute();
    const atOnce = given;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(atOnce).toBeLessThan(5000);
    expect(given).toBe(5000);
  });
});
