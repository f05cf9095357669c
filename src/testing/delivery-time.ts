/**
 * When a broker delivers a message that was sent with a delay level or a timer, and what it writes about it into the
 * properties. Nothing waits here; see `delayed-messages.ts`.
 * Sources: HookUtils.java, ScheduleMessageService.java, TimerMessageStore.java (5.5.0, 4.9.7), and messages read back
 * from real 5.5.0 and 4.9.7.
 */
import { MessageProperty } from '../protocol/message-properties.js';

/** Level 1 is the first (`messageDelayLevel`). */
const LEVELS_MS = [1, 5, 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200].map(
  (seconds) => seconds * 1000,
);
/** Timers are cut to this (`timerPrecisionMs`), and due when it is over. */
const PRECISION_MS = 1000;
/** `timerMaxDelaySec`. */
export const MAX_TIMER_MS = 259_200_000;

/** Where brokers keep what is not due yet. */
const SCHEDULE_TOPIC = 'SCHEDULE_TOPIC_XXXX';
const TIMER_TOPIC = 'rmq_sys_wheel_timer';

/** Which messages have to be looked at; a quick test for the many others. */
const MENTIONS_DELIVERY = /(?:^|\u0002)(?:DELAY|TIMER_DELAY_SEC|TIMER_DELAY_MS|TIMER_DELIVER_MS)\u0001/;

/** A delivery at a later time. */
export interface LaterDelivery {
  /** Where the message lies until then. */
  readonly topic: string;
  readonly queueId: number;
  /** Ms since 1970. */
  readonly dueAt: number;
  /** What is written about it. */
  readonly properties: ReadonlyMap<string, string>;
  /** Of timers: what recall handles are made of, a multiple of a second. */
  readonly timerOutMs: number | undefined;
}

/** Whether the encoded properties say anything about it. */
export function mentionsDelivery(properties: string): boolean {
  return MENTIONS_DELIVERY.test(properties);
}

/** Undefined: at once. Levels win over timers; 4.x knows levels only. */
export function laterDelivery(
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
  { major, now }: { readonly major: 4 | 5; readonly now: number },
): LaterDelivery | 'illegal' | undefined {
  const level = Number(properties.get(MessageProperty.DELAY_TIME_LEVEL) ?? 0);
  if (level > 0) return byLevel(properties, place, Math.min(level, LEVELS_MS.length), now);
  return major === 4 ? undefined : byTimer(properties, place, now);
}

function byLevel(
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
  level: number,
  now: number,
): LaterDelivery {
  const written = new Map(properties);
  for (const name of [
    MessageProperty.TIMER_DELAY_SEC,
    MessageProperty.TIMER_DELAY_MS,
    MessageProperty.TIMER_DELIVER_MS,
  ]) {
    written.delete(name);
  }
  return {
    topic: SCHEDULE_TOPIC,
    queueId: level - 1,
    dueAt: now + (LEVELS_MS[level - 1] ?? 0),
    properties: withRealPlace(written, place),
    timerOutMs: undefined,
  };
}

function byTimer(
  properties: ReadonlyMap<string, string>,
  place: { readonly topic: string; readonly queueId: number },
  now: number,
): LaterDelivery | 'illegal' | undefined {
  const seconds = properties.get(MessageProperty.TIMER_DELAY_SEC);
  const ms = properties.get(MessageProperty.TIMER_DELAY_MS);
  const at = properties.get(MessageProperty.TIMER_DELIVER_MS);
  if (seconds === undefined && ms === undefined && at === undefined) return undefined;
  const deliverAt =
    seconds !== undefined ? now + Number(seconds) * 1000 : ms !== undefined ? now + Number(ms) : Number(at);
  if (!Number.isSafeInteger(deliverAt) || deliverAt - now > MAX_TIMER_MS) return 'illegal';
  if (deliverAt <= now) return undefined;
  const timerOutMs = (Math.ceil(deliverAt / PRECISION_MS) - 1) * PRECISION_MS;
  return {
    topic: TIMER_TOPIC,
    queueId: 0,
    dueAt: timerOutMs + PRECISION_MS,
    properties: withRealPlace(properties, place).set('TIMER_OUT_MS', String(timerOutMs)),
    timerOutMs,
  };
}

function withRealPlace(
  properties: ReadonlyMap<string, string>,
  { topic, queueId }: { readonly topic: string; readonly queueId: number },
): Map<string, string> {
  return new Map([
    ...properties,
    [MessageProperty.REAL_TOPIC, topic],
    [MessageProperty.REAL_QUEUE_ID, String(queueId)],
  ]);
}
