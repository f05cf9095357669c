/**
 * The releases the embedded servers behave as, and the facts that several places need. A difference that matters in one
 * place only is written there, decided by `major`.
 * Sources: answers of real 5.5.0 and 4.9.7 servers to the same requests.
 */
import type { HeaderEncoding } from '../protocol/command.js';

/** A release of Apache RocketMQ that the embedded servers can behave as. */
export type ReleaseName = '5.5.0' | '4.9.7';

/** How the header of an answer is written: always as JSON, or as the request's was. */
export type AnswerHeader = 'json' | 'mirror';

export interface ServerRelease {
  readonly major: 4 | 5;
  /** MQVersion ordinal, told in every answer. */
  readonly version: number;
  readonly header: AnswerHeader;
  /** Ends the remarks about missing topics. */
  readonly helpLink: string;
}

const releases: Readonly<Record<ReleaseName, ServerRelease>> = {
  '5.5.0': {
    major: 5,
    version: 513,
    header: 'json',
    helpLink: '\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.',
  },
  '4.9.7': {
    major: 4,
    version: 407,
    header: 'mirror',
    helpLink: '\nSee http://rocketmq.apache.org/docs/faq/ for further details.',
  },
};

/** The facts of a release; `changes` replaces single ones, for tests of a client that decides by them. */
export function serverRelease(
  name: ReleaseName,
  changes: { readonly version?: number | undefined; readonly header?: AnswerHeader | undefined } = {},
): ServerRelease {
  const release = releases[name];
  return { ...release, version: changes.version ?? release.version, header: changes.header ?? release.header };
}

/** The encoding of the answer to a request that came in `requestEncoding`. */
export function answerEncoding(release: ServerRelease, requestEncoding: HeaderEncoding): HeaderEncoding {
  return release.header === 'mirror' ? requestEncoding : 'json';
}
