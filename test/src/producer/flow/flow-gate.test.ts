import { createError } from '../../../../src/errors/rocketmq-error.js';
import { FlowGate, type GatedFlow } from '../../../../src/producer/flow/flow-gate.js';
import type { Pressure } from '../../../../src/producer/flow/window.js';

class FakeFlow implements GatedFlow {
  isOpen = true;
  sources = 0;
  inFlight = 0;
  onPressure: (() => void) | undefined = undefined;
  readonly #waiting: (() => void)[] = [];

  get pressure(): Pressure {
    return { inFlight: this.inFlight, inFlightBytes: 10, buffered: 1, bufferedBytes: 5, open: this.isOpen };
  }
  whenOpen(resume: () => void): void {
    this.#waiting.push(resume);
  }
  addSource(): () => void {
    this.sources++;
    return () => this.sources--;
  }
  get waiters(): number {
    return this.#waiting.length;
  }
  open(): void {
    this.isOpen = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function gateOf(...flows: readonly FakeFlow[]): FlowGate {
  const gate = new FlowGate({});
  for (const flow of flows) gate.attach(flow);
  return gate;
}

describe('a gate in the caller’s hands', () => {
  test('is shut until a pipeline is subscribed to, open while it has room, over when it has ended', async () => {
    const gate = new FlowGate({});
    expect(gate.open).toBe(false);
    const waiting = gate.ready();
    const flow = new FakeFlow();
    gate.attach(flow);
    await waiting;
    expect(gate.open).toBe(true);
    flow.isOpen = false;
    expect(gate.open).toBe(false);
    flow.isOpen = true;
    gate.detach(flow);
    expect(gate.open).toBe(false);
    await expect(gate.ready()).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
    gate.attach(new FakeFlow());
    await gate.ready();
  });

  test('of two pipelines is open only while both are, and goes on with one when the other has ended', async () => {
    const [a, b] = [new FakeFlow(), new FakeFlow()];
    const gate = gateOf(a, b);
    a.isOpen = false;
    b.isOpen = false;
    let resumed = 0;
    gate.whenOpen(() => resumed++);
    a.open();
    expect([gate.open, resumed]).toEqual([false, 0]);
    gate.detach(b);
    expect([gate.open, resumed]).toEqual([true, 1]);
    await turn();
    expect(resumed).toBe(1);
  });

  test('resumes one after the other, and only while it stays open', () => {
    const flow = new FakeFlow();
    const gate = gateOf(flow);
    flow.isOpen = false;
    const seen: number[] = [];
    for (const n of [1, 2, 3]) {
      gate.whenOpen(() => {
        seen.push(n);
        flow.isOpen = n < 2;
      });
    }
    flow.open();
    expect(seen).toEqual([1, 2]);
    flow.open();
    expect(seen).toEqual([1, 2, 3]);
  });

  test('pause closes it whatever the pipelines hold, and resume takes that back', () => {
    const gate = gateOf(new FakeFlow());
    gate.pause();
    let resumed = 0;
    gate.whenOpen(() => resumed++);
    expect([gate.open, resumed]).toEqual([false, 0]);
    gate.resume();
    expect([gate.open, resumed]).toEqual([true, 1]);
  });

  test('ready gives up with the signal, and when the pipelines end', async () => {
    const flow = new FakeFlow();
    const gate = gateOf(flow);
    flow.isOpen = false;
    await expect(gate.ready(AbortSignal.abort())).rejects.toMatchObject({ code: 'RMQ_ABORTED' });
    const controller = new AbortController();
    const aborted = gate.ready(controller.signal);
    const ended = gate.ready(new AbortController().signal);
    controller.abort(createError('RMQ_CLOSED', 'reason'));
    await expect(aborted).rejects.toMatchObject({ code: 'RMQ_ABORTED', cause: { code: 'RMQ_CLOSED' } });
    gate.detach(flow);
    await expect(ended).rejects.toMatchObject({ code: 'RMQ_CLOSED' });
  });

  test('waits that were given up leave nothing at the gate or at the pipeline', async () => {
    const flow = new FakeFlow();
    const gate = gateOf(flow);
    flow.isOpen = false;
    const controller = new AbortController();
    const waits = Array.from({ length: 8 }, () => gate.ready(controller.signal));
    expect(flow.waiters).toBe(1);
    controller.abort();
    for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'RMQ_ABORTED' });
    gate.pause();
    flow.open();
    gate.resume();
    flow.isOpen = false;
    const waiting = gate.ready();
    expect(flow.waiters).toBe(1);
    flow.open();
    await waiting;
    expect(flow.waiters).toBe(0);
  });

  test('counts its pull sources at every pipeline, also at those that come later', () => {
    const early = new FakeFlow();
    const gate = gateOf(early);
    const leave = gate.addSource();
    gate.addSource();
    const late = new FakeFlow();
    gate.attach(late);
    expect([early.sources, late.sources]).toEqual([2, 2]);
    leave();
    expect([early.sources, late.sources]).toEqual([1, 1]);
  });

  test('pressure$ tells the sum at once, and after changes once per turn; nobody is asked while nobody looks', async () => {
    const [a, b] = [new FakeFlow(), new FakeFlow()];
    const gate = gateOf(a, b);
    expect(a.onPressure).toBeUndefined();
    const seen: Pressure[] = [];
    const looking = gate.pressure$.subscribe((pressure) => seen.push(pressure));
    expect(seen).toEqual([{ inFlight: 0, inFlightBytes: 20, buffered: 2, bufferedBytes: 10, open: true }]);
    for (let n = 1; n <= 3; n++) {
      a.inFlight = n;
      a.onPressure?.();
      b.onPressure?.();
    }
    await turn();
    expect(seen).toHaveLength(2);
    expect(seen[1]).toMatchObject({ inFlight: 3 });
    looking.unsubscribe();
    expect([a.onPressure, b.onPressure]).toEqual([undefined, undefined]);
  });
});
