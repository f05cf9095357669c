import { ProducerStatistics } from '../../../../src/producer/state/producer-statistics.js';
import { SharedLimit } from '../../../../src/producer/flow/shared-limit.js';
import { type FlowOptions, Window } from '../../../../src/producer/flow/window.js';

const create = (options: FlowOptions = {}): Window => new Window(options, new ProducerStatistics(), undefined);

describe('a window', () => {
  test('gives so many slots, and takes them back', () => {
    const window = create({ window: 2 });
    expect([window.tryTakeSlot(1), window.tryTakeSlot(1), window.isOpen, window.tryTakeSlot(1)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    window.giveSlotBack(1);
    expect([window.inFlight, window.inFlightBytes, window.isOpen]).toEqual([1, 1, true]);
  });

  test('gives so many bytes, but a message that is larger than all of them goes alone', () => {
    const window = create({ windowBytes: 10 });
    expect([window.tryTakeSlot(11), window.isOpen, window.tryTakeSlot(1)]).toEqual([true, false, false]);
    window.giveSlotBack(11);
    expect([window.tryTakeSlot(4), window.tryTakeSlot(7), window.tryTakeSlot(6)]).toEqual([true, false, true]);
  });

  test('an outcome that is not taken holds its place', () => {
    const window = create({ window: 2, windowBytes: 10 });
    window.keepOutcome(5);
    expect([window.tryTakeSlot(6), window.tryTakeSlot(5), window.isOpen, window.hasPlaceFor(0)]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    window.outcomeTaken(5);
    expect([window.isOpen, window.hasPlaceFor(5)]).toEqual([true, true]);
    window.keepOutcome(0);
    expect([window.tryTakeSlot(1), window.tryTakeSlot(1, true)]).toEqual([false, true]);
  });

  test('is not open while something waits', () => {
    const window = create();
    window.tryBuffer(1);
    expect(window.isOpen).toBe(false);
    window.unbuffer(1);
    expect(window.isOpen).toBe(true);
  });

  test('lets so much wait, by count and by bytes, and one message whatever its size', () => {
    const window = create({ buffer: { messages: 2, bytes: 10 } });
    expect([window.tryBuffer(50), window.tryBuffer(1)]).toEqual([true, false]);
    window.unbuffer(50);
    expect([window.tryBuffer(5), window.tryBuffer(5), window.tryBuffer(0)]).toEqual([true, true, false]);
  });

  test('lets one message of each pull source wait, whatever the buffer allows', () => {
    const window = create({ buffer: { messages: 0 } });
    expect(window.tryBuffer(1)).toBe(false);
    window.sources = 2;
    expect([window.tryBuffer(1), window.tryBuffer(1), window.tryBuffer(1)]).toEqual([true, true, false]);
  });

  test('lets everything wait when it was told to', () => {
    const window = create({ buffer: { messages: 0, bytes: 0, onOverflow: 'unbounded' } });
    for (let n = 0; n < 1000; n++) expect(window.tryBuffer(1e6)).toBe(true);
  });

  test('counts for the producer, and tells of every change', () => {
    const statistics = new ProducerStatistics();
    const window = new Window({}, statistics, undefined);
    let changes = 0;
    window.onChange = () => changes++;
    window.tryTakeSlot(7);
    window.tryBuffer(5);
    expect(statistics).toMatchObject({ inFlight: 1, inFlightBytes: 7 });
    window.unbuffer(5);
    window.giveSlotBack(7);
    expect(statistics).toMatchObject({ inFlight: 0, inFlightBytes: 0 });
    expect(changes).toBe(4);
  });

  test('has its part in the limit of the producer', () => {
    const limit = new SharedLimit({ messages: 2, bytes: undefined });
    const [a, b] = [0, 1].map(
      () =>
        new Window(
          {},
          new ProducerStatistics(),
          limit.join(() => {}),
        ),
    ) as [Window, Window];
    expect([a.tryTakeSlot(1), b.tryTakeSlot(1), a.tryTakeSlot(1), a.isOpen]).toEqual([true, true, false, false]);
    b.giveSlotBack(1);
    b.passTurnOn();
    expect(a.isOpen).toBe(true);
  });

  test('that is adaptive grows with what the broker takes, and goes back when it answers busy', () => {
    const window = create({ window: 'auto' });
    const inFlight = (): number => {
      while (window.tryTakeSlot(1));
      return window.inFlight;
    };
    const first = inFlight();
    for (let now = 1; now <= 100; now++) window.answered(1, false, now, 0);
    const grown = inFlight();
    expect(grown).toBeGreaterThan(first);
    window.answered(1, true, 200, 0);
    expect(window.isOpen).toBe(false);
    for (let n = 0; n < 0.3 * grown; n++) window.giveSlotBack(1);
    expect([window.tryTakeSlot(1), window.tryTakeSlot(1)]).toEqual([true, false]);
  });

  test('that is adaptive is not smaller for what is stuck at brokers that do not respond', () => {
    const window = create({ window: 'auto' });
    while (window.tryTakeSlot(1));
    const stuck = window.inFlight;
    expect(window.isOpen).toBe(false);
    window.answered(1, false, 1, stuck);
    while (window.tryTakeSlot(1));
    expect(window.inFlight).toBe(2 * stuck);
    window.answered(1, false, 2, 0);
    for (let n = 0; n < stuck; n++) window.giveSlotBack(1);
    expect(window.tryTakeSlot(1)).toBe(false);
    window.answered(1, false, 3, 4096);
    while (window.tryTakeSlot(1));
    expect(window.inFlight).toBe(4096);
  });

  test('says whether something is a part of it, in messages or bytes, alone or with all flows of the producer', () => {
    const window = create({ window: 8, windowBytes: 100 });
    expect([window.isPart(0.5, 3, 49), window.isPart(0.5, 4, 0), window.isPart(0.5, 0, 50)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(window.isPartOfLimit(0.5, 1000, 1000)).toBe(false);
    const limit = new SharedLimit({ messages: 4, bytes: undefined });
    const limited = new Window(
      { window: 8 },
      new ProducerStatistics(),
      limit.join(() => {}),
    );
    expect([limited.isPartOfLimit(0.5, 1, 1000), limited.isPartOfLimit(0.5, 2, 0)]).toEqual([false, true]);
  });

  test('that is adaptive keeps to its bytes all the same', () => {
    const window = create({ window: 'auto', windowBytes: 10 });
    expect([window.tryTakeSlot(10), window.tryTakeSlot(1)]).toEqual([true, false]);
  });
});
