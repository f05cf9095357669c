/** The tables of cases: each is one scenario of `npm run bench`, one table of docs/performance.md and one chart. */

export interface CaseGroup {
  readonly name: string;
  readonly heading: string;
  /** What is the same in all rows. */
  readonly about: string;
  /** Names of cases; the first ones are what the others compare with. */
  readonly cases: readonly string[];
}

export const caseGroups: readonly CaseGroup[] = [
  {
    name: 'ways',
    heading: 'Ways of sending',
    about: '256 B bodies, 256 in flight, JSON answers as from 5.5.0 brokers, one topic, one broker.',
    cases: ['sockets', 'stream', 'send', 'send-each', 'writable', 'oneway', 'batch', 'send-batch', 'one-in-flight'],
  },
  {
    name: 'order',
    heading: 'Order by key',
    about: 'The messages have 10 000 sharding keys in turn; 10 000 in flight.',
    cases: ['unordered', 'ordered'],
  },
  {
    name: 'answers',
    heading: 'Answers in JSON and binary',
    about: 'Brokers of 5.5.0 answer in JSON, older ones in the binary encoding that they are asked in.',
    cases: ['sockets', 'sockets-binary', 'stream', 'stream-binary', 'batch', 'batch-binary'],
  },
  {
    name: 'sizes',
    heading: 'Body sizes and codecs',
    about: 'Lines of JSON as bodies; where a codec is named, every body is compressed (`compress.overBytes: 1`).',
    cases: [
      'sockets',
      'sockets-1k',
      'sockets-4k',
      'stream',
      'plain-1k',
      'plain-4k',
      ...['zlib', 'lz4', 'zstd'].flatMap((codec) => ['256', '1k', '4k'].map((size) => `${codec}-${size}`)),
    ],
  },
  {
    name: 'windows',
    heading: 'Windows',
    about: '256 B bodies; `window` messages in flight.',
    cases: ['window-1', 'window-64', 'stream', 'window-1024'],
  },
  {
    name: 'spread',
    heading: 'Topics and brokers',
    about: 'The messages go to the topics in turn, and to 8 queues of each broker.',
    cases: ['stream', 'topics-1000', 'brokers-4', 'brokers-16'],
  },
];
