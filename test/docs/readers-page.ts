/**
 * Renders docs/readers.md, and the table of codecs that docs/options.md shows too: what consumers make of messages of this
 * library. The facts were seen with the versions that are named.
 */

interface Reader {
  readonly name: string;
  /** `yes`, or `no: ` and what happens; as the other. */
  readonly zlib: string;
  /** lz4 and zstd. */
  readonly others: string;
}

const READERS: readonly Reader[] = [
  { name: 'Java client 5.5.0, rocketmq-client-java 5.2.0 (gRPC)', zlib: 'yes', others: 'yes' },
  {
    name: 'rocketmq-client-go v2.1.2',
    zlib: 'yes',
    others: 'no: hands over the compressed bytes as the body, without an error',
  },
  {
    name: 'ali-ons 3.12.0',
    zlib: 'yes',
    others: 'no: loses that message and all later ones of the same pull, without an error',
  },
  { name: 'rocketmq-python-client 5.1.2 (gRPC)', zlib: 'yes', others: 'no: the whole receive fails' },
  {
    name: 'rocketmq-client-nodejs 1.0.8 (gRPC)',
    zlib: 'no: the whole receive fails; needs `compress: false`',
    others: 'no: the whole receive fails',
  },
];

/** The rows of the table, head included. */
export const codecTable = (): readonly string[] => [
  '| reader | zlib | lz4, zstd |',
  '| --- | --- | --- |',
  ...READERS.map(({ name, zlib, others }) => `| ${name} | ${zlib} | ${others} |`),
];

/** The text of docs/readers.md. */
export const renderReadersPage = (): string => PAGE.replace('<!-- table -->', codecTable().join('\n'));

const PAGE = `# Who reads what

<!-- Written by \`npm run docs\` from test/docs/readers-page.ts; do not edit. -->

What consumers make of messages of this library: seen on RocketMQ 5.5.0 brokers and name servers, and a 5.5.0 proxy in
cluster mode for the clients that speak gRPC. The clients: Java 5.5.0 (rocketmq-client), rocketmq-client-java 5.2.0,
rocketmq-client-go v2.1.2, ali-ons 3.12.0, rocketmq-python-client 5.1.2, rocketmq-client-nodejs 1.0.8,
rocketmq-spring-boot-starter 2.3.5, and the OpenTelemetry Java agent 2.10.0. Other versions may differ.

## Compressed bodies

<!-- table -->

Bodies below \`compress.overBytes\` (4 KiB), bodies that do not get smaller, and those of an explicit batch are not
compressed. Choose the codec by the weakest reader of a topic; with none that reads zlib, switch compression off:

\`\`\`ts
import { createProducer } from 'rx-rocketmq';

const producer = createProducer({ nameServers: 'localhost:9876', group: 'orders', compress: false });
\`\`\`

**ali-ons loses more than the message that it cannot read**: the rest of what it pulled with that message, of other
producers too, is skipped and never delivered. A reader that fails as a whole receives the messages beside the unreadable
one only later: a simple consumer after the invisible time, a push consumer had not seen them after 300 s.

## Properties and binary bodies with Spring

rocketmq-spring-boot-starter hands properties and binary bodies only to a \`RocketMQListener<MessageExt>\`. A listener of
\`Message<T>\` or of \`byte[]\` starts, and then fails for every message with a ClassCastException, until the messages are in
the dead letter queue. A listener of \`String\` works and sees no properties.

## Delivery times

Clients that speak gRPC show the delivery time of a message with \`delivery: { deliverAt }\` to the millisecond. With
\`delayMs\` and \`delayLevel\` they show none. The messages are delivered in time either way.

## Addresses

ali-ons reads four bytes where a message names the address of its producer. Messages of a producer that is connected to the
broker over IPv6 have sixteen: ali-ons then sees a message without topic, body and keys, and its queue stands still at that
place. Where ali-ons consumers read a topic, let its producers reach the brokers over IPv4.

## Trace context

Put the W3C trace context into the user property \`traceparent\` (and \`tracestate\`): the consumer instrumentation of the
OpenTelemetry Java agent continues it, also for the messages of a batch.

\`\`\`ts
import { createProducer } from 'rx-rocketmq';

const producer = createProducer({ nameServers: 'localhost:9876', group: 'orders' });
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'; // of the active span
await producer.send({ topic: 'orders', body: 'paid', properties: { traceparent } });
await producer.shutdown();
\`\`\`
`;
