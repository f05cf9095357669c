/**
 * IP addresses as the 4 or 16 bytes that messages and message ids carry. It resolves no names.
 */
import { violation } from './violation.js';

export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;

/** The address as text: `127.0.0.1`, or the shortest form of RFC 5952. `bytes` are 4 or 16. */
export function formatIpAddress(bytes: Buffer): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
  const zeros = longest(groups.match(/\b0(?::0)+\b/g) ?? []);
  return zeros === '' ? groups : groups.replace(new RegExp(`(^|:)${zeros}(:|$)`), '::');
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), '');
}

/** The bytes of an address: 4 or 16. Throws RMQ_PROTOCOL_VIOLATION for anything that is not an address. */
export function parseIpAddress(text: string): Buffer {
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (bytes === undefined) throw violation('an IP address is broken');
  return Buffer.from(bytes);
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function parseIpv4(text: string): readonly number[] | undefined {
  const bytes = IPV4.exec(text)?.slice(1).map(Number);
  return bytes?.every((byte) => byte < 256) === true ? bytes : undefined;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const [before = '', after, tooMany] = text.split('::');
  if (tooMany !== undefined) return undefined;
  const head = parseGroups(before);
  const tail = parseGroups(after ?? '');
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

function parseGroups(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}
