/**
 * Gathers the messages that go to one queue, and says when they leave together. It sends nothing, and does not know which
 * messages may share a batch.
 *
 *     add ──► group of its queue ──┬── full, or the next one does not fit or is of another kind ──► now
 *                                  ├── nothing can follow it (gate closed, source ended, flush) ──► end of the turn
 *                                  └── lingerMs over ──► now
 */
import type { Subscription } from 'rxjs';
import { batchMemberBytes } from '../../protocol/batch-body.js';
import type { MessageQueue } from '../../protocol/message-queue.js';
import type { Clock } from '../../time/clock.js';
import { waitsForStore } from './batch-rules.js';
import type { Envelope, Targeted } from '../message/envelope.js';

/** When a batch is complete. */
export interface BatchLimits {
  readonly messages: number;
  /** Of its body; a larger message goes alone. */
  readonly bytes: number;
  /** How long the first message of a batch waits for others; 0: until the end of the turn of the event loop. */
  readonly lingerMs: number;
}

/** What waits for one queue. One header is about all of it, so the members agree in what the header says. */
interface Group {
  readonly queue: MessageQueue;
  readonly members: Targeted[];
  /** Once one of the members was ended: those that were not. In a set, so that ending all of them is not a search each. */
  left: Set<Envelope> | undefined;
  readonly sysFlag: number;
  readonly waitsForStore: boolean;
  readonly dueAt: number;
  bytes: number;
}

export class BatchAccumulator {
  readonly #limits: BatchLimits;
  readonly #clock: Clock;
  readonly #leave: (members: readonly Targeted[]) => void;
  readonly #groups = new Map<MessageQueue, Group>();
  #timer: Subscription | undefined;
  #isTurnEndAwaited = false;

  /** `leave` gets each message once, at least one at a time, those of one queue in the order in which they came. */
  constructor(limits: BatchLimits, clock: Clock, leave: (members: readonly Targeted[]) => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#leave = leave;
  }

  /** The message waits for others of its queue, or leaves with them now. */
  add(envelope: Targeted): void {
    const bytes = batchMemberBytes(envelope);
    const queue = sameQueue(envelope, this.#groups);
    (envelope as Envelope).queue = queue;
    let group = this.#groups.get(queue);
    if (group !== undefined && !this.#fits(envelope, bytes, group)) {
      this.#take(group);
      group = undefined;
    }
    group ??= this.#open(envelope, queue);
    group.members.push(envelope);
    group.left?.add(envelope);
    group.bytes += bytes;
    if (sizeOf(group) >= this.#limits.messages || group.bytes >= this.#limits.bytes) this.#take(group);
    else if (this.#limits.lingerMs === 0 || !envelope.flow.expectsMore) this.#awaitTurnEnd();
    else if (this.#timer === undefined) {
      this.#linger(group.dueAt);
      envelope.flow.whenLingerEnds(this.#awaitTurnEnd);
    }
  }

  /** The message may not be in a batch: it leaves now, behind those of its queue that wait. */
  addAlone(envelope: Targeted): void {
    const group = this.#groups.get(sameQueue(envelope, this.#groups));
    if (group !== undefined) this.#take(group);
    this.#leave([envelope]);
  }

  /** The message waits no longer; it was ended. */
  remove(envelope: Envelope): void {
    const group = envelope.queue === undefined ? undefined : this.#groups.get(envelope.queue);
    if (group === undefined) return;
    group.left ??= new Set<Envelope>(group.members);
    if (!group.left.delete(envelope)) return;
    group.bytes -= batchMemberBytes(envelope);
    if (group.left.size === 0) this.#forget(group);
  }

  /** Everything that waits leaves now. */
  flush(): void {
    for (const group of this.#waiting()) this.#take(group);
  }

  /** Of now: what comes while these leave is gathered. */
  #waiting(): readonly Group[] {
    return Array.from(this.#groups.values());
  }

  #fits(envelope: Targeted, bytes: number, group: Group): boolean {
    return (
      group.bytes + bytes <= this.#limits.bytes &&
      group.sysFlag === envelope.sysFlag &&
      group.waitsForStore === waitsForStore(envelope.message)
    );
  }

  #open(envelope: Targeted, queue: MessageQueue): Group {
    const group: Group = {
      queue,
      members: [],
      left: undefined,
      sysFlag: envelope.sysFlag,
      waitsForStore: waitsForStore(envelope.message),
      dueAt: this.#clock.tickNow() + this.#limits.lingerMs,
      bytes: 0,
    };
    this.#groups.set(queue, group);
    return group;
  }

  #take(group: Group): void {
    // It may be gone: what left before it can have ended it, or filled it up.
    if (this.#groups.get(group.queue) !== group) return;
    this.#forget(group);
    const { members, left } = group;
    this.#leave(left === undefined ? members : members.filter((member) => left.has(member)));
  }

  #forget(group: Group): void {
    this.#groups.delete(group.queue);
    if (this.#groups.size > 0) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  /** What else this turn brings may still come along; and who ends everything in this turn finds it unsent. */
  readonly #awaitTurnEnd = (): void => {
    if (this.#isTurnEndAwaited) return;
    this.#isTurnEndAwaited = true;
    this.#clock.afterPoll(() => {
      this.#isTurnEndAwaited = false;
      this.flush();
    });
  };

  #linger(dueAt: number): void {
    this.#timer = this.#clock.after(Math.max(dueAt - this.#clock.now(), 0), this.#takeDue);
  }

  readonly #takeDue = (): void => {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (const group of this.#waiting()) {
      if (group.dueAt <= now) this.#take(group);
    }
    const [next] = this.#groups.values();
    if (next !== undefined && this.#timer === undefined) this.#linger(next.dueAt);
  };
}

const sizeOf = ({ members, left }: Group): number => left?.size ?? members.length;

/** A queue that a caller named is another object than that of the route, and means the same. */
function sameQueue(envelope: Targeted, known: ReadonlyMap<MessageQueue, unknown>): MessageQueue {
  const { queue, fixedQueue, route } = envelope;
  if (fixedQueue === undefined || known.has(queue)) return queue;
  const { brokerName, queueId } = queue;
  return route.queues.find((one) => one.brokerName === brokerName && one.queueId === queueId) ?? queue;
}
