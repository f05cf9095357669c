import { publicKey } from '../../../src/errors/copies.js';
import type * as ours from '../../../src/producer/create-flow-gate.js';
import { createFlowGate } from '../../../src/producer/create-flow-gate.js';
import { checkPipelineOptions } from '../../../src/producer/pipeline-options.js';

describe('createFlowGate', () => {
  test('refuses options that no flow can work with', () => {
    expect(() => createFlowGate({ window: 0 })).toThrow(expect.objectContaining({ code: 'RMQ_CONFIG_INVALID' }));
    expect(() => createFlowGate({ onFailure: 'drop' } as object)).toThrow('onFailure is not an option');
  });

  test('makes a gate whose options hold where those of the pipeline say nothing', () => {
    const gate = createFlowGate({ window: 7, windowBytes: 100 });
    expect(checkPipelineOptions({ gate })).toMatchObject({ window: 7, windowBytes: 100, buffer: { bytes: 100 } });
    expect(checkPipelineOptions({ gate, window: 9 })).toMatchObject({ window: 9, windowBytes: 100 });
  });

  test('a gate of another copy of the library counts like one of this; one of another version is refused', () => {
    jest.isolateModules(() => {
      const other = jest.requireActual<typeof ours>('../../../src/producer/create-flow-gate.js');
      const gate = other.createFlowGate({ window: 7 });
      expect(gate).not.toBeInstanceOf(createFlowGate().constructor);
      expect(checkPipelineOptions({ gate })).toMatchObject({ gate, window: 7 });
    });
    const gate: unknown = Object.create(createFlowGate(), { [Symbol.for(publicKey('gate'))]: { value: '9.9.9' } });
    expect(() => checkPipelineOptions({ gate })).toThrow(expect.objectContaining({ code: 'RMQ_ARGUMENT_INVALID' }));
  });
});
