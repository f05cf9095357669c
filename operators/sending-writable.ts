/** `producer.writable()`: a Node stream whose chunks are messages. It keeps nothing of its own but the one being written. */
import { Subject, type Subscription } from 'rxjs';
import { Writable } from 'node:stream';
import { AsyncContext } from '../src/callbacks/async-context.js';
import { createError } from '../src/errors/rocketmq-error.js';
import { createFlowGate } from '../src/producer/create-flow-gate.js';
import type { Message } from '../src/producer/message/message.js';
import { checkPipelineOptions, type PipelineOptions } from '../src/producer/pipeline-options.js';
import type { Producer } from '../src/producer/producer.js';
import { deliverMessages } from './deliver.js';
import { settle } from './settle.js';

/** Contract at `Producer.writable`. */
export function sendingWritable<C>(producer: Producer, options: PipelineOptions<C>): Writable {
  checkPipelineOptions(options, 'writable');
  const { gate = createFlowGate() } = options;
  const abort = new AbortController();
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  const checked = checkPipelineOptions({ ...options, gate, signal });
  const { results, onFailure } = checked;
  const callerContext = new AsyncContext();
  const messages = new Subject<Message<C>>();
  let sending: Subscription | undefined;
  let finished: (() => void) | undefined;

  return new Writable({
    objectMode: true,
    // The one message that waits beside the window.
    highWaterMark: 1,
    construct(started) {
      sending = messages
        .pipe(deliverMessages<C>(producer, checked, 'when-emitted'), settle<C>({ results, onFailure }))
        .subscribe({
          next: (outcome) => this.emit('outcome', outcome),
          error: (error: Error) => this.destroy(error),
          complete: () => {
            if (finished !== undefined) finished();
            else this.destroy(createError('RMQ_CLOSED', 'the pipeline takes no more messages'));
          },
        });
      started();
    },
    write(message: Message<C>, _encoding, written) {
      messages.next(message);
      if (gate.isOpen) written();
      else gate.whenOpen(() => callerContext.run(written));
    },
    final(done) {
      finished = done;
      messages.complete();
    },
    destroy(error, done) {
      if (error?.name === 'AbortError') abort.abort(error);
      sending?.unsubscribe();
      done(error);
    },
  });
}
