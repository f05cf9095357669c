/**
 * Whether a broker lets a request in: ACL 1.0 as 4.9.7 has it, ACL 2.0 as 5.5.0 does. Name servers check nothing, as real
 * ones of both releases.
 * Source: PlainPermissionManager.java (4.9.7); DefaultAuthenticationProvider.java, DefaultAuthorizationProvider.java
 * (5.5.0); answers of real brokers.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Credentials } from '../access/credentials.js';
import { AccessField, Signatures } from '../access/signature.js';
import { assertGiven } from '../options/check-options.js';
import type { ReceivedFrame } from '../protocol/received-frame.js';
import { RequestCode } from '../protocol/request-codes.js';
import { ResponseCode } from '../protocol/response-codes.js';
import type { Answer } from './answer.js';
import type { ServerRelease } from './server-release.js';
import { userOptions } from './testing-options.js';

/** Somebody a broker with access control lets in. */
export interface AccessUser extends Pick<Credentials, 'accessKey' | 'secretKey'> {
  /** The topics that may be sent to; default: all. Nothing else is forbidden to a known user. */
  readonly topics?: readonly string[] | undefined;
}

/** What is wrong with a request, in the words of a release. */
interface Refusals {
  noUser(): Answer;
  unknownUser(accessKey: string): Answer;
  wrongSignature(accessKey: string): Answer;
  noPermission(accessKey: string, topic: string, host: string): Answer;
}

const acl1 = (text: string, method: string, line: number): Answer => ({
  code: ResponseCode.SYSTEM_ERROR,
  remark: `org.apache.rocketmq.acl.common.AclException: ${text}, org.apache.rocketmq.acl.plain.PlainPermissionManager.${method}(PlainPermissionManager.java:${line})`,
});
const acl2 = (remark: string): Answer => ({ code: ResponseCode.NO_PERMISSION, remark });

const refusals: Readonly<Record<ServerRelease['major'], Refusals>> = {
  4: {
    noUser: () => acl1('No accessKey is configured', 'validate', 663),
    unknownUser: (accessKey) => acl1(`No acl config for ${accessKey}`, 'validate', 667),
    wrongSignature: (accessKey) => acl1(`Check signature failed for accessKey=${accessKey}`, 'validate', 683),
    noPermission: (_accessKey, topic) => acl1(`No default permission for topic:${topic}`, 'checkPerm', 605),
  },
  5: {
    noUser: () => acl2('username cannot be null.'),
    unknownUser: (accessKey) => acl2(`User:${accessKey} is not found.`),
    wrongSignature: () => acl2('check signature failed.'),
    noPermission: (accessKey, topic, host) =>
      acl2(`User:${accessKey} has no permission to access Topic:${topic} from ${host}, no matched policies.`),
  },
};

/** The name of the topic in the requests that need a permission for it; routes are asked of proxies, who check it. */
const topicFields: ReadonlyMap<number, string> = new Map([
  [RequestCode.GET_ROUTEINFO_BY_TOPIC, 'topic'],
  [RequestCode.SEND_MESSAGE, 'topic'],
  [RequestCode.SEND_MESSAGE_V2, 'b'],
  [RequestCode.SEND_BATCH_MESSAGE, 'b'],
]);

/** 4.x reads all signatures as if they were by clients of 4.9.3; undefined: by what the request says. */
const readAsVersion: Readonly<Record<ServerRelease['major'], number | undefined>> = { 4: 399, 5: undefined };

interface KnownUser {
  readonly secret: KeyObject;
  readonly topics: ReadonlySet<string> | undefined;
}

export class AccessControl {
  readonly #users = new Map<string, KnownUser>();
  readonly #refusals: Refusals;
  readonly #readAsVersion: number | undefined;
  readonly #signatures = new Signatures();

  constructor(users: Iterable<AccessUser>, release: ServerRelease) {
    for (const user of users) this.set(user);
    this.#refusals = refusals[release.major];
    this.#readAsVersion = readAsVersion[release.major];
  }

  /** Lets one more user in, or replaces the one with this access key. */
  set(user: AccessUser): void {
    assertGiven('user', user, userOptions);
    const { accessKey, secretKey, topics } = user;
    this.#users.set(accessKey, { secret: createSecretKey(secretKey, 'utf8'), topics: topics && new Set(topics) });
  }

  /** The answer to a request from `host` that may not be served; undefined where it may. */
  refusal(frame: ReceivedFrame, host: string): Answer | undefined {
    const accessKey = frame.field(AccessField.ACCESS_KEY);
    if (accessKey === undefined) return this.#refusals.noUser();
    const user = this.#users.get(accessKey);
    if (user === undefined) return this.#refusals.unknownUser(accessKey);
    const expected = this.#signatures.of(frame, user.secret, this.#readAsVersion);
    if (frame.field(AccessField.SIGNATURE) !== expected) return this.#refusals.wrongSignature(accessKey);
    const topic = frame.field(topicFields.get(frame.code) ?? '');
    const isAllowed = topic === undefined || user.topics === undefined || user.topics.has(topic);
    return isAllowed ? undefined : this.#refusals.noPermission(accessKey, topic, host);
  }
}
