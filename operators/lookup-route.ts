/** Finds the queues of a message's topic. How routes are asked for and kept is `src/route`. */
import type { OperatorFunction } from 'rxjs';
import type { Open, Routed, Settled } from '../src/producer/envelope.js';
import { coreOf, isProducer, type Producer } from '../src/producer/producer.js';
import type { TopicRoute } from '../src/route/topic-route.js';
import { fail, stage } from './stage.js';

/** Anything that knows routes: a producer, or a table of a test's. */
export interface RouteSource {
  routeOf(topic: string): TopicRoute | Promise<TopicRoute>;
}

/**
 * Gives every message the route of its topic: synchronously when it is known, otherwise all messages of the topic wait
 * for one question to a name server. A topic that no name server knows gets the route of the default topic
 * (`createTopicKey`), and the first send creates it. Messages may overtake each other here.
 *
 * Failures, all `stored: 'no'`, stage `route`: RMQ_ROUTE_MISSING, RMQ_NAME_SERVER_UNREACHABLE, and RMQ_DEADLINE when
 * the message's time ran out first.
 */
export function lookupRoute<C>(
  from: Producer | RouteSource,
): OperatorFunction<Open<C> | Settled<C>, Routed<C> | Settled<C>> {
  const routes: RouteSource = isProducer(from) ? coreOf(from) : from;
  return stage<C, Open<C>, Routed<C>>('route', 'RMQ_ROUTE_MISSING', (passage) => (envelope) => {
    const found = routes.routeOf(envelope.message.topic);
    if (!(found instanceof Promise)) {
      envelope.route = found;
      return 'pass';
    }
    passage.hold(envelope);
    found.then(
      (route) => {
        envelope.route = route;
        passage.release(envelope);
      },
      (error: unknown) => {
        if (envelope.outcome === undefined) fail(envelope, 'route', 'RMQ_ROUTE_MISSING', error);
      },
    );
    return 'kept';
  });
}
