import { LivenessTable } from '../../../../src/producer/flow/broker-liveness.js';

/** Two brokers, each asked and responding at times that are given. */
function create() {
  const silences: string[] = [];
  const table = new LivenessTable((brokerName, silentMs) => silences.push(`${brokerName} ${silentMs}`));
  const [a, b] = [table.of('a'), table.of('b')];
  /** Broker a is asked and responds in each turn, as long as it is told. */
  const busy = (from: number, to: number, everyMs = 10): void => {
    for (let now = from; now <= to; now += everyMs) {
      a.asked(now);
      a.responded(now);
    }
  };
  return { table, a, b, busy, silences };
}

describe('a broker is silent', () => {
  test('when it owes a response and sends none for more than 100 ms while another responds', () => {
    const { a, b, busy, silences } = create();
    b.asked(0);
    busy(0, 100);
    expect([a.isSilent, b.isSilent]).toEqual([false, false]);
    busy(110, 120);
    expect([a.isSilent, b.isSilent]).toEqual([false, true]);
    expect([b.isSilent, silences]).toEqual([true, ['b 110']]);
  });

  test('until it responds, and then as if it had never been', () => {
    const { b, busy, silences } = create();
    b.asked(0);
    b.asked(0);
    busy(0, 200);
    expect(b.isSilent).toBe(true);
    b.responded(200);
    busy(200, 300);
    expect(b.isSilent).toBe(false);
    b.responded(300);
    busy(300, 3000);
    expect([b.isSilent, silences]).toEqual([false, ['b 190']]);
  });

  test('but not where no other broker responds either', () => {
    const { table, a, b } = create();
    a.asked(0);
    b.asked(0);
    expect([a.isSilent, b.isSilent, table.respondedAt]).toEqual([false, false, Number.NEGATIVE_INFINITY]);
  });

  test('but not where it owes nothing', () => {
    const { b, busy } = create();
    b.asked(0);
    b.responded(1);
    busy(0, 5000);
    expect(b.isSilent).toBe(false);
  });

  test('but not where our own event loop was blocked: its response may be the next that is read', () => {
    const { a, b, silences } = create();
    for (const broker of [a, b]) broker.asked(0);
    a.responded(5000);
    expect(b.isSilent).toBe(false);
    b.responded(5000);
    for (const broker of [a, b]) broker.asked(5001);
    a.responded(5010);
    expect([b.isSilent, silences]).toEqual([false, []]);
  });

  test('but not where it is as slow as ever, however slow that is', () => {
    const { b, busy } = create();
    const silentAt: number[] = [];
    for (let round = 0; round < 10; round++) {
      const startedAt = 1000 * round;
      b.asked(startedAt);
      for (let ms = 0; ms <= 800; ms += 20) {
        busy(startedAt + ms, startedAt + ms);
        if (b.isSilent) silentAt.push(round);
      }
      b.responded(startedAt + 800);
    }
    // What is usual is learned from the first.
    expect(new Set(silentAt)).toEqual(new Set([0]));
    b.asked(20_000);
    busy(20_000, 24_000);
    expect(b.isSilent).toBe(true);
  });

  test('no later because it was silent before', () => {
    const { b, busy } = create();
    b.asked(0);
    busy(0, 60_000);
    b.responded(60_000);
    for (let now = 60_000; now < 61_000; now += 10) {
      b.asked(now);
      busy(now, now);
      b.responded(now + 5);
    }
    b.asked(62_000);
    busy(62_000, 62_120);
    expect(b.isSilent).toBe(true);
  });

  test('as soon as it let an attempt time out without any response', () => {
    const { b, busy } = create();
    b.asked(0);
    busy(0, 50);
    b.failed(0, 'timeout');
    expect(b.isSilent).toBe(true);
    b.asked(60);
    b.responded(61);
    busy(60, 1000);
    expect(b.isSilent).toBe(false);
  });

  test('but not for one attempt that timed out while it responded to others', () => {
    const { b, busy } = create();
    b.asked(0);
    b.asked(0);
    b.responded(10);
    b.failed(0, 'timeout');
    busy(0, 1000);
    expect(b.isSilent).toBe(false);
  });

  test('also over a new connection, until it responds there', () => {
    const { b, busy } = create();
    b.asked(0);
    busy(0, 200);
    b.failed(0, 'no connection');
    expect(b.isSilent).toBe(true);
  });

  test.each(['no connection', 'ended from outside'] as const)(
    'but not for attempts that ended before it could respond: %s',
    (how) => {
      const { b, busy } = create();
      b.asked(0);
      b.failed(0, how);
      busy(0, 1000);
      expect(b.isSilent).toBe(false);
    },
  );
});

test('a silent broker is probed once in half a second', () => {
  const { b, busy } = create();
  b.asked(0);
  busy(0, 200);
  expect(b.isProbeDue(200)).toBe(true);
  b.asked(200);
  expect([b.isProbeDue(200), b.isProbeDue(699), b.isProbeDue(700)]).toEqual([false, false, true]);
});

test('a broker is down from an attempt without a response to the next response', () => {
  const { table, b } = create();
  expect([table.isDown('b'), table.isDown('never asked')]).toEqual([false, false]);
  b.asked(0);
  b.failed(0, 'no connection');
  expect(table.isDown('b')).toBe(true);
  b.asked(1);
  b.responded(2);
  expect(table.isDown('b')).toBe(false);
  b.asked(3);
  b.failed(3, 'ended from outside');
  expect(table.isDown('b')).toBe(false);
});

test('names of brokers that are gone do not pile up', () => {
  const table = new LivenessTable();
  const held = table.of('held');
  held.held = 1;
  const idle = table.of('idle');
  for (let n = 0; n < 2000; n++) table.of(`broker ${n}`);
  expect(table.of('held')).toBe(held);
  expect(table.of('idle')).not.toBe(idle);
});
