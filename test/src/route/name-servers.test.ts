import { VirtualTimeScheduler } from 'rxjs';
import { createError } from '../../../src/errors/rocketmq-error.js';
import { NameServers, type NameServerQuestion, parseNameServers } from '../../../src/route/name-servers.js';
import { Clock } from '../../../src/time/clock.js';

/** A cluster of name servers whose answers a test scripts; it notes who was asked and how much time each was given. */
class ScriptedServers {
  readonly scheduler = new VirtualTimeScheduler();
  readonly clock = new Clock(this.scheduler);
  readonly asked: string[] = [];
  readonly slices: number[] = [];
  readonly #script: Record<string, () => Promise<string | undefined>>;

  constructor(script: Record<string, () => Promise<string | undefined>>) {
    this.#script = script;
  }

  readonly question: NameServerQuestion<string> = async (address, deadlineAt) => {
    this.asked.push(address);
    this.slices.push(deadlineAt - this.clock.now());
    const answer = this.#script[address];
    if (answer !== undefined) return answer();
    // Swallows everything until its time is up.
    this.scheduler.frame = deadlineAt;
    throw createError('RMQ_ATTEMPT_TIMEOUT', 'no answer');
  };
}

const knows = (what: string) => async (): Promise<string> => what;
const knowsNothing = async (): Promise<undefined> => undefined;
const refuses = async (): Promise<never> => {
  throw createError('RMQ_CONNECT_FAILED', 'connection refused');
};

function namesOf(script: ScriptedServers, ...addresses: readonly string[]): NameServers {
  return new NameServers({ addresses, clock: script.clock, random: () => 0 });
}

describe('list of name servers', () => {
  test.each([
    ['a:9876;b:9876', ['a:9876', 'b:9876']],
    [' a:9876 ; ;b:9876;', ['a:9876', 'b:9876']],
    ['a:9876;a:9876', ['a:9876']],
    ['http://MQ_INST_1_x.example:80', ['MQ_INST_1_x.example:80']],
    [
      ['a:9876;b:9876', 'c:9876'],
      ['a:9876', 'b:9876', 'c:9876'],
    ],
    ['', []],
  ])('%j is %j', (value, addresses) => {
    expect(parseNameServers(value)).toEqual(addresses);
  });

  test('must not be empty', () => {
    expect(() => new NameServers({ addresses: [], clock: new Clock() })).toThrow(
      expect.objectContaining({ code: 'RMQ_NAME_SERVER_MISSING' }),
    );
  });

  test('is shuffled, and complete', () => {
    const addresses = ['a', 'b', 'c', 'd'];
    const orders = new Set(
      Array.from({ length: 100 }, () => new NameServers({ addresses, clock: new Clock() }).addresses.join(';')),
    );
    expect(orders.size).toBeGreaterThan(1);
    for (const order of orders) expect(order.split(';').sort()).toEqual(addresses);
  });
});

describe('asking the name servers', () => {
  test.each(['RMQ_ACCESS_DENIED', 'RMQ_CREDENTIALS_UNAVAILABLE'] as const)(
    'says %s where a server was not answered for that reason, and not that it cannot be reached',
    async (code) => {
      const denied = createError(code, 'check signature failed.');
      const script = new ScriptedServers({ a: refuses, b: () => Promise.reject(denied) });
      await expect(namesOf(script, 'a', 'b').ask(script.question, 3000)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('check signature failed.'),
      });
    },
  );

  test('says which server refused access', async () => {
    const denied = createError('RMQ_ACCESS_DENIED', 'check signature failed.', { detail: { responseCode: 1 } });
    const script = new ScriptedServers({ a: () => Promise.reject(denied) });
    await expect(namesOf(script, 'a').ask(script.question, 3000)).rejects.toMatchObject({
      message: 'a: check signature failed.',
      detail: { responseCode: 1, address: 'a' },
      stored: 'no',
    });
  });

  test('no message is stored by a question, although its connection broke while it was under way', async () => {
    const broken = createError('RMQ_TLS_FAILED', 'wants a client certificate', { stored: 'maybe' });
    const script = new ScriptedServers({ a: () => Promise.reject(broken) });
    await expect(namesOf(script, 'a').ask(script.question, 3000)).rejects.toMatchObject({
      code: 'RMQ_TLS_FAILED',
      message: 'wants a client certificate',
      stored: 'no',
    });
  });

  test('takes the first answer and asks nobody else', async () => {
    const script = new ScriptedServers({ a: knows('x'), b: knows('y') });
    await expect(namesOf(script, 'a', 'b').ask(script.question, 3000)).resolves.toBe('x');
    expect(script.asked).toEqual(['a']);
  });

  test('gives each server a share of the time: one that swallows everything does not eat it all', async () => {
    const script = new ScriptedServers({ c: knows('x') });
    await expect(namesOf(script, 'a', 'b', 'c').ask(script.question, 3000)).resolves.toBe('x');
    expect(script.slices).toEqual([1000, 1000, 1000]);
  });

  test('gives the time that a refusing server did not use to the others', async () => {
    const script = new ScriptedServers({ a: refuses, b: refuses, c: knows('x') });
    await namesOf(script, 'a', 'b', 'c').ask(script.question, 3000);
    expect(script.slices).toEqual([1000, 1500, 3000]);
  });

  test('goes on asking the server that answered', async () => {
    const script = new ScriptedServers({ a: refuses, b: knows('x') });
    const names = namesOf(script, 'a', 'b', 'c');
    await names.ask(script.question, 3000);
    await names.ask(script.question, 3000);
    expect(script.asked).toEqual(['a', 'b', 'b']);
  });

  test('asks the others when one knows nothing, and stays with the one that knows', async () => {
    const script = new ScriptedServers({ a: knowsNothing, b: knows('x') });
    const names = namesOf(script, 'a', 'b');
    await expect(names.ask(script.question, 3000)).resolves.toBe('x');
    await names.ask(script.question, 3000);
    expect(script.asked).toEqual(['a', 'b', 'b']);
  });

  test('says undefined when all that answered know nothing', async () => {
    const script = new ScriptedServers({ a: refuses, b: knowsNothing, c: knowsNothing });
    const names = namesOf(script, 'a', 'b', 'c');
    await expect(names.ask(script.question, 3000)).resolves.toBeUndefined();
    await names.ask(script.question, 3000);
    expect(script.asked).toEqual(['a', 'b', 'c', 'b', 'c', 'a']);
  });

  test('names every server and what happened when none answered', async () => {
    const script = new ScriptedServers({
      a: refuses,
      b: async () => {
        throw createError('RMQ_REQUEST_UNSUPPORTED', 'request type 105 not supported');
      },
    });
    const error: unknown = await namesOf(script, 'a', 'b', 'c')
      .ask(script.question, 3000)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'RMQ_NAME_SERVER_UNREACHABLE',
      detail: {
        a: 'connection refused',
        b: 'does not look like a name server: request type 105 not supported',
        c: 'no answer',
      },
    });
    expect(String(error)).toContain('c: no answer');
  });
});

describe('a list that is replaced', () => {
  const answering = (...addresses: readonly string[]): ScriptedServers =>
    new ScriptedServers(Object.fromEntries(addresses.map((address) => [address, knows(address)])));

  test('is asked from then on', async () => {
    const script = answering('a', 'b', 'c');
    const nameServers = namesOf(script, 'a');
    await nameServers.ask(script.question, 100);
    nameServers.replace(['b', 'c']);
    expect(nameServers.addresses).toEqual(['b', 'c']);
    expect(await nameServers.ask(script.question, 100)).toBe('b');
    expect(script.asked).toEqual(['a', 'b']);
  });

  test('still begins with the server that answered last, if that is in it', async () => {
    const script = new ScriptedServers({ a: refuses, b: knows('b'), c: knows('c') });
    const nameServers = namesOf(script, 'a', 'b');
    await nameServers.ask(script.question, 100);
    nameServers.replace(['c', 'b']);
    expect(await nameServers.ask(script.question, 100)).toBe('b');
  });

  test('is not confused by an answer of a server of the old one', async () => {
    const script = answering('a', 'b', 'c', 'd');
    const nameServers = namesOf(script, 'a', 'b');
    const late = nameServers.ask(async (address) => {
      if (address === 'a') return undefined;
      nameServers.replace(['c', 'd']);
      return address;
    }, 100);
    expect(await late).toBe('b');
    expect(await nameServers.ask(script.question, 100)).toBe('c');
  });

  test('may be empty at first where servers can be discovered, which is then tried before a question', async () => {
    const script = answering('a');
    const discovery = {
      problem: 'http://web/ answered with nothing',
      list: [] as string[],
      fetchAgain: async (): Promise<void> => nameServers.replace(discovery.list),
    };
    const nameServers = new NameServers({ addresses: [], discovery, clock: script.clock });
    await expect(nameServers.ask(script.question, 100)).rejects.toMatchObject({
      code: 'RMQ_NAME_SERVER_UNREACHABLE',
      message: 'No name server is known: http://web/ answered with nothing',
    });
    discovery.list = ['a'];
    expect(await nameServers.ask(script.question, 100)).toBe('a');
  });
});
