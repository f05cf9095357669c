/**
 * One HTTP GET with one deadline: all of HTTP that a client needs. What is asked for, and when again, is decided elsewhere.
 */
import { type ClientRequest, request } from 'node:http';
import type { Clock } from '../time/clock.js';

export interface HttpGetOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** For everything: name, connection, answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** Whether the process must not end before it has. */
  readonly keepsAlive: boolean;
}

/** Resolves with the body of a 200. Rejects with an Error that says what happened instead. */
export type HttpGet = (url: string, options: HttpGetOptions) => Promise<string>;

/** Larger answers are none that anybody here waits for. */
const MAX_BYTES = 64 * 1024;
const REDIRECTIONS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTIONS = 5;

/** Over connections of its own. Redirections are followed, as Java does: five at most, and to plain HTTP only. */
export const httpGet: HttpGet = (url, { headers, timeoutMs, clock, signal, keepsAlive }) =>
  new Promise((resolve, reject) => {
    let asking: ClientRequest | undefined;
    const fail = (error: Error): void => {
      late.unsubscribe();
      reject(error);
    };
    const late = clock.after(timeoutMs, () => {
      const error = new Error(`no answer after ${timeoutMs} ms`);
      // Not by way of the request's events alone: one that is destroyed already has none left.
      fail(error);
      asking?.destroy(error);
    });
    const ask = (from: string | URL, redirections: number): void => {
      const current = request(from, { agent: false, headers, signal });
      asking = current;
      if (!keepsAlive) current.on('socket', (socket) => socket.unref());
      current.on('error', fail);
      // A 101 is none of the answers that Node tells by the event `response`.
      current.on('upgrade', ({ statusCode }, socket) => {
        socket.destroy();
        fail(new Error(`answered with status ${statusCode}`));
      });
      current.on('close', () => {
        if (!hasAnswered) fail(new Error('the server closed the connection without an answer'));
      });
      let hasAnswered = false;
      current.on('response', (answer) => {
        hasAnswered = true;
        const { statusCode, headers: answered } = answer;
        if (REDIRECTIONS.has(statusCode) && answered.location !== undefined) {
          current.off('error', fail).on('error', () => {});
          answer.destroy();
          try {
            ask(redirected(from, answered.location, redirections + 1), redirections + 1);
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
          }
          return;
        }
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('error', fail);
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_BYTES) current.destroy(new Error(`the answer has more than ${MAX_BYTES} bytes`));
        });
        answer.on('end', () => {
          late.unsubscribe();
          if (statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`answered with status ${statusCode}`));
        });
      });
      current.end();
    };
    ask(url, 0);
  });

function redirected(from: string | URL, location: string, count: number): URL {
  if (count > MAX_REDIRECTIONS) throw new Error(`redirected more than ${MAX_REDIRECTIONS} times`);
  const to = new URL(location, from);
  if (to.protocol !== 'http:') throw new Error(`redirected to ${to.origin}, and only plain HTTP is spoken here`);
  return to;
}
