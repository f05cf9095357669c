import { createProducer } from '../../src/create-producer.js';
import { borrowedProducer, ownedProducer } from '../../src/owned-producer.js';

const config = { nameServers: '127.0.0.1:1', group: 'group', logger: false } as const;

describe('a producer of a pipeline’s own', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('is shared by those who use it at once, and shut down a second after the last', () => {
    const lease = ownedProducer(config);
    const producer = lease.acquire();
    expect(lease.acquire()).toBe(producer);
    lease.release();
    expect(producer.state).toBe('CREATE_JUST');
    lease.release();
    jest.advanceTimersByTime(999);
    expect(producer.state).toBe('CREATE_JUST');
    jest.advanceTimersByTime(1);
    expect(producer.state).toBe('SHUTTING_DOWN');
  });

  test('is the same one for whoever comes within that second, and then a new one', () => {
    const lease = ownedProducer(config);
    const first = lease.acquire();
    lease.release();
    jest.advanceTimersByTime(999);
    expect(lease.acquire()).toBe(first);
    jest.advanceTimersByTime(10_000);
    expect(first.state).toBe('CREATE_JUST');
    lease.release();
    jest.advanceTimersByTime(1000);
    const second = lease.acquire();
    expect(second).not.toBe(first);
    expect(second.state).toBe('CREATE_JUST');
    lease.release();
    jest.advanceTimersByTime(1000);
  });

  test('is a new one at once where the last one serves no more', () => {
    const lease = ownedProducer(config);
    const first = lease.acquire();
    void first.shutdown();
    lease.release();
    expect(lease.acquire()).not.toBe(first);
    lease.release();
    jest.advanceTimersByTime(1000);
  });

  test('is shut down by a process that has nothing else to do, which need not wait for that second', () => {
    const lease = ownedProducer(config);
    const producer = lease.acquire();
    lease.release();
    const before = process.listenerCount('beforeExit');
    process.emit('beforeExit', 0);
    expect(producer.state).toBe('SHUTTING_DOWN');
    expect(process.listenerCount('beforeExit')).toBe(before - 1);
  });

  test('listens for the end of the process once, however many there are', () => {
    const before = process.listenerCount('beforeExit');
    const leases = Array.from({ length: 12 }, () => ownedProducer(config));
    const producers = leases.map((lease) => lease.acquire());
    for (const lease of leases) lease.release();
    expect(process.listenerCount('beforeExit')).toBe(before + 1);
    process.emit('beforeExit', 0);
    expect(new Set(producers.map(({ state }) => state))).toEqual(new Set(['SHUTTING_DOWN']));
    expect(process.listenerCount('beforeExit')).toBe(before);
  });

  test('is refused at once where its configuration is wrong', () => {
    expect(() => ownedProducer({ ...config, group: '' })).toThrow(
      expect.objectContaining({ code: 'RMQ_CONFIG_INVALID' }),
    );
  });
});

test('a borrowed producer is never shut down', () => {
  const producer = createProducer(config);
  const lease = borrowedProducer(producer);
  expect(lease.acquire()).toBe(producer);
  lease.release();
  expect(producer.state).toBe('CREATE_JUST');
});
