/**
 * What `process-exit.test.ts` runs as processes of their own: `node exit-program.js <case> <name servers>`. None of them
 * calls `process.exit`. Each prints one line of JSON about what it sent.
 */
import { map, range } from 'rxjs';
import { createProducer, fromPull, SendError, toRocketMQ } from '../../src/index.js';

const [, , name = '', nameServers = ''] = process.argv;
const config = { nameServers, group: 'exit', logger: false } as const;
const message = { topic: 'exit', body: 'reading' };
const say = (facts: object): void => console.log(JSON.stringify(facts));

const cases: Readonly<Record<string, () => Promise<void>>> = {
  /** The producer of a configuration is the stream's own: nobody can shut it down, nobody has to. */
  async stream() {
    let receipts = 0;
    await range(100)
      .pipe(
        map(() => message),
        toRocketMQ(config),
      )
      .forEach(() => receipts++);
    say({ receipts });
  },

  async 'send and shutdown'() {
    const producer = createProducer(config);
    const { status } = await producer.send(message);
    say({ status, summary: await producer.shutdown() });
  },

  async 'send only'() {
    const { status } = await createProducer(config).send(message);
    say({ status });
  },

  async 'failing send'() {
    const producer = createProducer({ ...config, sendTimeoutMs: 2000 });
    try {
      await producer.send(message);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      const { code, stored, failure } = error;
      say({ code, stored, stage: failure.stage });
    }
    await producer.shutdown();
  },

  async 'until SIGTERM'() {
    const producer = createProducer(config);
    let taken = 0;
    let receipts = 0;
    function* endless(): Generator<number> {
      for (;;) yield ++taken;
    }
    const ended = fromPull(endless())
      .pipe(
        map(() => message),
        toRocketMQ(producer, { window: 32 }),
      )
      .forEach(() => {
        receipts++;
        if (receipts === 100) process.send?.('under way');
      })
      .catch((error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'unknown'));
    process.once('SIGTERM', () => {
      void producer.shutdown().then(async ({ abandoned }) => {
        say({ taken, receipts, abandoned: abandoned.length, ended: await ended });
        process.disconnect();
      });
    });
  },
};

await cases[name]?.();
