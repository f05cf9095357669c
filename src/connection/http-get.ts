/**
 * One HTTP GET with one deadline: all of HTTP that a client needs. What is asked for, and when again, is decided elsewhere.
 */
import { request } from 'node:http';
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

/** Over a connection of its own. Redirections are not followed. */
export const httpGet: HttpGet = (url, { headers, timeoutMs, clock, signal, keepsAlive }) =>
  new Promise((resolve, reject) => {
    const asking = request(url, { agent: false, headers, signal });
    const late = clock.after(timeoutMs, () => asking.destroy(new Error(`no answer after ${timeoutMs} ms`)));
    const fail = (error: Error): void => {
      late.unsubscribe();
      reject(error);
    };
    if (!keepsAlive) asking.on('socket', (socket) => socket.unref());
    asking.on('error', fail);
    asking.on('response', (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('error', fail);
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_BYTES) asking.destroy(new Error(`the answer has more than ${MAX_BYTES} bytes`));
      });
      answer.on('end', () => {
        late.unsubscribe();
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new Error(`answered with status ${answer.statusCode}`));
      });
    });
    asking.end();
  });
