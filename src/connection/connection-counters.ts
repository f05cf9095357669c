/** What happened on all connections of one pool since it was made. Only counts; nobody decides by them. */
export class ConnectionCounters {
  /** Connections that were begun. */
  dials = 0;
  /** Requests that ended because their time was up. */
  timeouts = 0;
  /** Answers to requests that had ended before, and second answers: dropped. */
  lateAnswers = 0;
  /** Answers to what was never asked: dropped. */
  unknownAnswers = 0;
  /** What servers asked of this client. */
  serverRequests = 0;
}
