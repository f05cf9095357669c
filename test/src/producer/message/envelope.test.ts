import { ConnectionCounters } from '../../../../src/connection/connection-counters.js';
import { Connection } from '../../../../src/connection/connection.js';
import { createTcpDial } from '../../../../src/connection/dial.js';
import { createError } from '../../../../src/errors/rocketmq-error.js';
import { Envelope } from '../../../../src/producer/message/envelope.js';
import { openBatch } from '../../../../src/producer/batch/message-batch.js';
import { openEnvelope } from '../../../../src/producer/message/open-envelope.js';
import { ReceivedFrame } from '../../../../src/protocol/received-frame.js';
import { Clock } from '../../../../src/time/clock.js';
import { DeadlineSweep } from '../../../../src/time/deadline-sweep.js';
import { open, testScheduler, FlowBench } from '../../../operators/operator-kit.js';
import { printsOf } from '../../../printers.js';

const clock = new Clock();
const connection = new Connection(
  '127.0.0.1:1',
  {
    clock,
    sweep: new DeadlineSweep(clock),
    dial: createTcpDial(),
    connectTimeoutMs: 1,
    counters: new ConnectionCounters(),
  },
  { onOpen: () => {}, onClosed: () => {}, onGoAway: () => undefined, onServerRequest: () => {} },
);

describe('an envelope', () => {
  test('is not matched by a look-alike', () => {
    const envelope = open();
    expect(Envelope.isEnvelope(envelope)).toBe(true);
    expect(Envelope.isEnvelope({ ...envelope })).toBe(false);
  });

  test('shows neither body nor properties nor context nor key, however it is printed, copied or cloned', () => {
    const message = { topic: 'orders', body: 'secret', properties: { p: 'secret' }, context: 'secret' };
    const envelope = openEnvelope(message, { maxMessageBytes: 100 });
    const batch = openBatch([message], { maxMessageBytes: 100 }, false);
    for (const one of [envelope, batch]) {
      one.laneKey = 'secret';
      one.flow = new FlowBench(testScheduler()).createFlow({});
      const bytes = [...Buffer.from('secret')];
      expect(
        printsOf(one, ['secret', bytes.join(), bytes.join(', '), Buffer.from('secret').toString('hex', 1)]),
      ).toEqual([]);
    }
    expect([envelope.message, envelope.context]).toEqual([message, 'secret']);
  });

  test('takes of the window what its body and properties take', () => {
    const { bytes, body, properties } = open();
    expect(properties.length).toBeGreaterThan(0);
    expect(bytes).toBe(body.length + properties.length);
  });

  test('tells its attempt’s sink of answers, failures and the hand-over', () => {
    const envelope = open();
    const told: unknown[] = [];
    envelope.sink = {
      answered: (_, frame, on) => told.push(frame, on),
      handedOver: () => told.push('handed over'),
      failed: (_, error) => told.push(error),
    };
    const [frame, error] = [new ReceivedFrame(), createError('RMQ_CLOSED', 'closed')];
    envelope.onAnswer(frame, connection);
    envelope.onHandedOver();
    envelope.onFailure(error);
    expect(told).toEqual([frame, connection, 'handed over', error]);
  });

  test('counts what comes when no attempt is under way, and lets nothing follow from it', () => {
    const bench = new FlowBench(testScheduler());
    const envelope = open();
    envelope.flow = bench.createFlow({});
    envelope.onAnswer(new ReceivedFrame(), connection);
    envelope.onHandedOver();
    envelope.onFailure(createError('RMQ_CLOSED', 'closed'));
    expect(bench.statistics.strays).toBe(3);
    expect(envelope.outcome).toBeUndefined();
  });
});
