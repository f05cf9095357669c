/**
 * The two ways in which a namespace shows on the wire: v1 renames topics and groups, v2 adds two fields to every request.
 * Whose names are changed, and where they are changed back, is not decided here.
 * Source: NamespaceUtil.java, NamespaceRpcHook.java, TopicValidator.java (5.5.0).
 */
import { isSystemTopic } from './system-topics.js';

/** Retry and dead letter topics keep their prefix in front; the namespace is that of the group behind it. */
const PREFIX = /^(?:%RETRY%|%DLQ%)/;

/** The name of a topic or group inside `namespace`, as servers know it. One that is wrapped already stays as it is. */
export function wrapNamespace(namespace: string, name: string): string {
  if (name === '' || isSystemName(name)) return name;
  const { prefix, rest } = split(name);
  return rest.startsWith(`${namespace}%`) ? name : `${prefix}${namespace}%${rest}`;
}

/** The name without `namespace`; one that is not in it stays as it is. */
export function unwrapNamespace(namespace: string, name: string): string {
  const { prefix, rest } = split(name);
  return rest.startsWith(`${namespace}%`) ? prefix + rest.slice(namespace.length + 1) : name;
}

/** What namespace v2 adds to every request. */
export function namespaceFields(namespaceV2: string): ReadonlyMap<string, string> {
  return new Map([
    ['nsd', 'true'],
    ['ns', namespaceV2],
  ]);
}

/** The namespace that the address of a name server names: the first label of `MQ_INST_<id>_<name>.host:port`. */
export function namespaceOfAddress(address: string): string | undefined {
  const { label, name = '' } = /^(?<label>MQ_INST_(?<name>\w+))\./.exec(address)?.groups ?? {};
  // An id and a name, neither of them empty.
  return name.slice(1, -1).includes('_') ? label : undefined;
}

function isSystemName(name: string): boolean {
  return isSystemTopic(name) || name.startsWith('CID_RMQ_SYS_');
}

function split(name: string): { readonly prefix: string; readonly rest: string } {
  const prefix = name.startsWith('%') ? (PREFIX.exec(name)?.[0] ?? '') : '';
  return { prefix, rest: name.slice(prefix.length) };
}
