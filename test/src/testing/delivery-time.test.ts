import { laterDelivery, mentionsDelivery } from '../../../src/testing/delivery-time.js';

const place = { topic: 'orders', queueId: 2 };
const now = 1_700_000_000_500;
const on = (major: 4 | 5, properties: Record<string, string>) =>
  laterDelivery(new Map(Object.entries(properties)), place, { major, now });

test('most messages say nothing about it', () => {
  expect(mentionsDelivery('UNIQ_KEY\u0001K\u0002WAIT\u0001true\u0002KEYS\u0001DELAY\u0002MY_DELAY\u00011\u0002')).toBe(
    false,
  );
  expect(mentionsDelivery('UNIQ_KEY\u0001K\u0002DELAY\u00011\u0002')).toBe(true);
  expect(mentionsDelivery('TIMER_DELIVER_MS\u00011\u0002')).toBe(true);
});

test.each([4, 5] as const)('a level waits in its queue of the schedule topic (%i.x)', (major) => {
  const later = on(major, { DELAY: '3', KEYS: 'k' });
  expect(later).toMatchObject({ topic: 'SCHEDULE_TOPIC_XXXX', queueId: 2, dueAt: now + 10_000, timerOutMs: undefined });
  expect(later === 'illegal' ? later : Object.fromEntries(later?.properties ?? [])).toEqual({
    DELAY: '3',
    KEYS: 'k',
    REAL_TOPIC: 'orders',
    REAL_QID: '2',
  });
});

test('a level above the highest is the highest, and level 0 none', () => {
  expect(on(5, { DELAY: '99' })).toMatchObject({ queueId: 17, dueAt: now + 7_200_000 });
  expect(on(5, { DELAY: '0' })).toBeUndefined();
});

test('a level wins over a timer, of which nothing is left', () => {
  const later = on(5, { DELAY: '1', TIMER_DELAY_MS: '5000' });
  expect(later === 'illegal' ? later : [...(later?.properties.keys() ?? [])]).toEqual([
    'DELAY',
    'REAL_TOPIC',
    'REAL_QID',
  ]);
});

// As seen on a real broker: due at the end of the second in which the time lies, and a full second is due in itself.
test.each([
  ['TIMER_DELAY_MS', '100', 1_700_000_000_000],
  ['TIMER_DELAY_SEC', '2', 1_700_000_002_000],
  ['TIMER_DELIVER_MS', '1700000008000', 1_700_000_007_000],
  ['TIMER_DELIVER_MS', '1700000008001', 1_700_000_008_000],
  ['TIMER_DELIVER_MS', '1700000008999', 1_700_000_008_000],
])('%s %s is out at %d', (name, value, timerOutMs) => {
  const later = on(5, { [name]: value });
  expect(later).toMatchObject({ topic: 'rmq_sys_wheel_timer', queueId: 0, timerOutMs, dueAt: timerOutMs + 1000 });
});

test('a timer is never due before its time', () => {
  for (let ms = 1; ms < 2500; ms += 7) {
    const later = on(5, { TIMER_DELAY_MS: String(ms) });
    expect(later === 'illegal' ? 0 : later?.dueAt).toBeGreaterThanOrEqual(now + ms);
  }
});

test('a time that has passed is now, one beyond three days or without sense is illegal', () => {
  expect(on(5, { TIMER_DELIVER_MS: String(now) })).toBeUndefined();
  expect(on(5, { TIMER_DELAY_MS: '0' })).toBeUndefined();
  expect(on(5, { TIMER_DELAY_MS: '259200001' })).toBe('illegal');
  expect(on(5, { TIMER_DELIVER_MS: 'soon' })).toBe('illegal');
});

test('4.x knows no timers', () => {
  expect(on(4, { TIMER_DELAY_MS: '5000' })).toBeUndefined();
});
