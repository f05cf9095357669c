/**
 * What can happen to a request instead of the ordinary: each a function of one line over a `Turn`, so that a test writes
 * its own just as easily. Which requests it happens to is in `script.ts`.
 */
import { assertGiven } from '../options/check-options.js';
import type { Command } from '../protocol/command.js';
import { amended, type Answer, type Said } from './answer.js';
import { responseCodeOf, type ResponseName } from './protocol-names.js';
import { answerChange, assertArguments } from './testing-options.js';

/** One request at one server, in the hands of a script. */
export interface Turn {
  /** A copy of the request. */
  readonly request: Command;
  /**
   * Does what the server does with such a request, storing it included, and returns the answer instead of sending it;
   * undefined where a real server says nothing, a promise where it has to ask somebody first. Only while the reply
   * function runs.
   */
  handle(): Said;
  /** Sends an answer to this request; unless it is oneway, or its connection is gone. */
  answer(answer: Said): void;
  /** Sends bytes as they are, on the connection the request came on. */
  sendBytes(bytes: Uint8Array): void;
  /** Closes the connection behind what was already answered: with a reset, or in order (FIN). */
  disconnect(how?: 'reset' | 'end'): void;
  /** Runs `action` later; never after the server was killed. */
  after(delayMs: number, action: () => void): void;
}

/** What a script does with a request. It may do anything that a `Turn` can. */
export type Reply = (turn: Turn) => void;

/** Answers with this code and remark; nothing is stored. */
export function refuse(code: ResponseName | number, remark?: string): Reply {
  assertArguments('refuse', { code, remark });
  const answer: Answer = { code: responseCodeOf(code), remark };
  return (turn) => turn.answer(answer);
}

/** Answers as a broker whose send queue was full for too long: SYSTEM_BUSY, nothing is stored. */
export function busy(): Reply {
  return refuse(
    'SYSTEM_BUSY',
    '[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while, period in queue: 205ms, size of queue: 878',
  );
}

/** Loses the request: nothing is stored, nothing is answered. */
export function drop(): Reply {
  return () => undefined;
}

/** Stores, and loses the answer. */
export function dropAnswer(): Reply {
  return (turn) => {
    void turn.handle();
  };
}

/** Stores, and sends the answer `delayMs` later. */
export function delay(delayMs: number): Reply {
  assertArguments('delay', { delayMs });
  return (turn) => {
    const answer = turn.handle();
    turn.after(delayMs, () => turn.answer(answer));
  };
}

/** Closes the connection, before or after storing; either way nothing is answered. Default: with a reset. */
export function disconnect(when: 'before-storing' | 'after-storing', how: 'reset' | 'end' = 'reset'): Reply {
  assertArguments('disconnect', { when, how });
  return (turn) => {
    if (when === 'after-storing') void turn.handle();
    turn.disconnect(how);
  };
}

/** Stores once and sends the answer `copies` times. */
export function duplicateAnswer(copies = 2): Reply {
  assertArguments('duplicateAnswer', { copies });
  return (turn) => {
    const answer = turn.handle();
    for (let copy = 0; copy < copies; copy++) turn.answer(answer);
  };
}

/** The parts of an answer that are replaced. */
export interface AnswerChange {
  readonly code?: ResponseName | number | undefined;
  readonly remark?: string | undefined;
  readonly fields?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: Uint8Array | undefined;
}

/**
 * Stores, and answers with these parts replaced: `amendAnswer({ code: 'FLUSH_DISK_TIMEOUT' })`. Of `fields` only the
 * named ones change; undefined takes one away.
 */
export function amendAnswer(change: AnswerChange): Reply {
  assertGiven('change of amendAnswer', change, answerChange);
  return (turn) => {
    const said = turn.handle();
    if (said !== undefined) turn.answer(amended(said, (answer) => withParts(answer, change)));
  };
}

function withParts(answer: Answer, change: AnswerChange): Answer {
  const fields = new Map(answer.fields);
  for (const [name, value] of Object.entries(change.fields ?? {})) {
    if (value === undefined) fields.delete(name);
    else fields.set(name, value);
  }
  return {
    code: change.code === undefined ? answer.code : responseCodeOf(change.code),
    remark: change.remark ?? answer.remark,
    body: change.body ?? answer.body,
    fields,
  };
}

/** Sends these bytes in place of an answer; nothing is stored. */
export function answerBytes(bytes: Uint8Array | ((request: Command) => Uint8Array)): Reply {
  assertArguments('answerBytes', { bytes });
  return (turn) => turn.sendBytes(typeof bytes === 'function' ? bytes(turn.request) : bytes);
}
