/**
 * The judge's handle: asks the official Java client, running in its own JVM, what lies in the cluster.
 * It shares no code with the library under test.
 */
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import type { QueuePlace, StoredMessage, TopicSettings } from '../conformance/target.js';
import type { Artifacts } from './artifacts.js';
import { compileJudge } from './compile-judge.js';
import type { Guardian } from './guardian.js';
import { JavaProcess } from './java-process.js';

/** What the official producer says it sent, and its receipt. */
export type JavaSent = Omit<StoredMessage, 'sysFlag' | 'bornAt'>;

/** What the judge needs to get into servers that do not let everybody in. */
export interface JudgeAccess {
  readonly jvmFlags?: readonly string[];
  readonly credentials?: { readonly accessKey: string; readonly secretKey: string };
}

export class Judge {
  readonly #process: JavaProcess;
  readonly #commands: Writable;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(guardian: Guardian, { version, classPath }: Artifacts, nameServer: string, access: JudgeAccess = {}) {
    const { classes, themes } = compileJudge(version, classPath);
    const { jvmFlags = [], credentials } = access;
    const keys =
      credentials === undefined
        ? []
        : [`-Djudge.accessKey=${credentials.accessKey}`, `-Djudge.secretKey=${credentials.secretKey}`];
    this.#process = new JavaProcess(guardian, {
      name: 'judge',
      classPath: [classes, classPath].join(delimiter),
      jvmFlags: [
        '-Xms64m',
        '-Xmx512m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-Drocketmq.client.logUseSlf4j=false',
        ...keys,
        ...jvmFlags,
      ],
      program: ['Judge', nameServer, ...themes],
      piped: true,
    });
    const { stdin, stdout } = this.#process.child;
    if (stdin === null || stdout === null) throw new Error('the judge has no pipes');
    this.#commands = stdin;
    this.#answers = createInterface({ input: stdout, crlfDelay: Infinity })[Symbol.asyncIterator]();
  }

  /** Address by name of the masters that are registered at the name server. */
  async brokers(): Promise<ReadonlyMap<string, string>> {
    const answers = await this.ask(['brokers']);
    return new Map(answers.map((answer) => [answer.text('brokerName'), answer.text('address')]));
  }

  async createTopic(topic: string, queues: number, { attributes = {}, perm = 6 }: TopicSettings = {}): Promise<void> {
    const settings = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
    await this.ask(['create', topic, String(queues), String(perm), ...settings]);
  }

  /** Fails when an offset is missing between the lowest and the highest of a queue. */
  async readBack(topics: readonly string[]): Promise<StoredMessage[]> {
    const answers = await this.ask(['read', ...topics]);
    return answers.map((answer) => ({
      ...sentFrom(answer),
      sysFlag: answer.number('sysFlag'),
      bornAt: answer.number('bornAt'),
    }));
  }

  async placementOf(topic: string, shardingKeys: readonly string[]): Promise<QueuePlace[]> {
    const answers = await this.ask(['place', topic, ...shardingKeys]);
    return answers.map((answer) => ({ brokerName: answer.text('brokerName'), queueId: answer.number('queueId') }));
  }

  /** Lets the official producer send generated messages. */
  async produce(topic: string, count: number, seed: number): Promise<JavaSent[]> {
    return (await this.ask(['produce', topic, String(count), String(seed)])).map(sentFrom);
  }

  /** Any command, for what a theme understands. One at a time: the answers carry no number. */
  ask(words: readonly string[]): Promise<Answer[]> {
    const answers = this.#last.then(() => this.#askNow(words));
    this.#last = answers.catch(() => undefined);
    return answers;
  }

  async #askNow(words: readonly string[]): Promise<Answer[]> {
    this.#process.assertAlive();
    this.#commands.write(`${words.join('\t')}\n`);
    const answers: Answer[] = [];
    for (;;) {
      const line = await this.#answers.next();
      if (line.done === true) throw new Error(`the judge has ended:\n${this.#process.logTail()}`);
      const answer = new Answer(line.value);
      if (answer.has('done')) return answers;
      if (answer.has('error')) throw new Error(`the judge failed: ${answer.text('error')}\n${this.#process.logTail()}`);
      answers.push(answer);
    }
  }
}

function sentFrom(answer: Answer): JavaSent {
  return {
    topic: answer.text('topic'),
    brokerName: answer.text('brokerName'),
    queueId: answer.number('queueId'),
    queueOffset: BigInt(answer.text('queueOffset')),
    offsetMsgId: answer.text('offsetMsgId'),
    msgId: answer.text('msgId'),
    properties: answer.texts('properties'),
    flag: answer.number('flag'),
    bodyLength: answer.number('bodyLength'),
    bodySha256: answer.text('bodySha256'),
  };
}

/** One line of the judge, read field by field. */
export class Answer {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(line: string) {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) throw new Error(`the judge said ${line}`);
    this.#fields = new Map<string, unknown>(Object.entries(value));
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  text(name: string): string {
    const value = this.#fields.get(name);
    if (typeof value !== 'string') throw new Error(`the judge's ${name} is ${String(value)}`);
    return value;
  }

  number(name: string): number {
    const value = this.#fields.get(name);
    if (typeof value !== 'number') throw new Error(`the judge's ${name} is ${String(value)}`);
    return value;
  }

  texts(name: string): Record<string, string> {
    const value = this.#fields.get(name);
    if (typeof value !== 'object' || value === null) throw new Error(`the judge's ${name} is ${String(value)}`);
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
  }
}
