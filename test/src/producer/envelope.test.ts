import { createError } from '../../../src/errors/rocketmq-error.js';
import { Envelope } from '../../../src/producer/envelope.js';
import { ReceivedFrame } from '../../../src/protocol/received-frame.js';
import { open, testScheduler, FlowBench } from '../../operators/operator-kit.js';

describe('an envelope', () => {
  test('is not matched by a look-alike', () => {
    const envelope = open();
    expect(Envelope.isEnvelope(envelope)).toBe(true);
    expect(Envelope.isEnvelope({ ...envelope })).toBe(false);
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
      answered: (_, frame) => told.push(frame),
      handedOver: () => told.push('handed over'),
      failed: (_, error) => told.push(error),
    };
    const [frame, error] = [new ReceivedFrame(), createError('RMQ_CLOSED', 'closed')];
    envelope.onAnswer(frame);
    envelope.onHandedOver();
    envelope.onFailure(error);
    expect(told).toEqual([frame, 'handed over', error]);
  });

  test('counts what comes when no attempt is under way, and lets nothing follow from it', () => {
    const bench = new FlowBench(testScheduler());
    const envelope = open();
    envelope.flow = bench.createFlow({});
    envelope.onAnswer(new ReceivedFrame());
    envelope.onHandedOver();
    envelope.onFailure(createError('RMQ_CLOSED', 'closed'));
    expect(bench.statistics.strays).toBe(3);
    expect(envelope.outcome).toBeUndefined();
  });
});
