import { createProducer } from '../../src/create-producer.js';
import { borrowedProducer, ownedProducer } from '../../src/owned-producer.js';

const config = { nameServers: '127.0.0.1:1', group: 'group', logger: false } as const;

describe('a producer of a pipeline’s own', () => {
  test('is shared by those who use it at once, and shut down after the last', async () => {
    const lease = ownedProducer(config);
    const producer = lease.acquire();
    expect(lease.acquire()).toBe(producer);
    lease.release();
    expect(producer.state).toBe('CREATE_JUST');
    lease.release();
    expect(producer.state).toBe('SHUTTING_DOWN');
    await producer.shutdown();
  });

  test('is a new one for whoever comes later', () => {
    const lease = ownedProducer(config);
    const first = lease.acquire();
    lease.release();
    const second = lease.acquire();
    expect(second).not.toBe(first);
    expect(second.state).toBe('CREATE_JUST');
    lease.release();
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
