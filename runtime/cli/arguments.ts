/** Arguments and options as people type them, checked one by one. */
import { isIPv4, isIPv6 } from 'node:net';
import { InvalidArgumentError } from 'commander';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Consistency } from '../service.ts';
import { clientUrl } from '../client/address.ts';

const wrong = (message: string): never => {
  throw new InvalidArgumentError(message);
};

const namePattern = /^[A-Za-z0-9_.-]{1,64}$/;

export const name = (text: string): string =>
  namePattern.test(text)
    ? text
    : wrong('A name is 1 to 64 letters, digits, dots, dashes and underscores.');

export const wholeNumber =
  (low: number, high: number) =>
  (text: string): number => {
    const number = Number(text);
    return /^\d+$/.test(text) && number >= low && number <= high
      ? number
      : wrong(`It must be a whole number from ${low} to ${high}.`);
  };

export const port = wholeNumber(1, 65_535);

export type Address = Readonly<{ host: string; port: number }>;

const hostNamePattern =
  /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
/** Only digits and dots, and yet no IPv4 address: 127.0.0.256 is a slip, not a host name. */
const isHostName = (host: string): boolean =>
  host.length <= 253 && hostNamePattern.test(host) && (isIPv4(host) || !/^[\d.]+$/.test(host));

/** `127.0.0.1:7101`, `localhost:7101`, `[::1]:7101`. */
export function address(text: string): Address {
  const [, inBrackets, bare, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text) ?? [];
  if (digits === undefined) {
    return wrong('It must be HOST:PORT, such as 127.0.0.1:7101 or [::1]:7101.');
  }
  if (inBrackets !== undefined) {
    if (!isIPv6(inBrackets)) wrong(`${inBrackets} is no IPv6 address.`);
    return { host: inBrackets, port: port(digits) };
  }
  if (bare === undefined || !isHostName(bare)) return wrong(`${bare} is no host name.`);
  return { host: bare, port: port(digits) };
}

export const showAddress = ({ host, port: at }: Address): string =>
  host.includes(':') ? `[${host}]:${at}` : `${host}:${at}`;

/** Only processes of this machine can reach these. */
export const isLoopback = ({ host }: Address): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

function parseUrl(text: string, protocols: readonly string[]): URL {
  if (!URL.canParse(text)) {
    return wrong(`"${text}" is no URL; it must look like ${protocols[0]}//127.0.0.1:7101.`);
  }
  const parsed = new URL(text);
  if (!protocols.includes(parsed.protocol) || parsed.hostname === '') {
    wrong(`"${text}" must begin with ${protocols.map((each) => `${each}//`).join(' or ')}.`);
  }
  const { username, password, hash, search } = parsed;
  if (username !== '' || password !== '' || hash !== '' || search !== '') {
    wrong(`"${text}" must be an address alone, without user, query or fragment.`);
  }
  return parsed;
}

/** `n2=ws://127.0.0.1:7102`, given once for each peer. */
export function peer(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const at = text.indexOf('=');
  if (at === -1) wrong('It must be NAME=URL, such as n2=ws://127.0.0.1:7102.');
  const id = name(text.slice(0, at));
  const dialled = parseUrl(text.slice(at + 1), ['ws:', 'wss:']).href.replace(/\/$/, '');
  if (before.has(id)) wrong(`${id} was given twice.`);
  for (const [other, known] of before) {
    if (known === dialled) wrong(`${other} has that address already.`);
  }
  return new Map(before).set(id, dialled);
}

/** The address of a node's client door, also as bare HOST:PORT, once for each node to try. */
export function url(text: string, before: readonly string[] = []): readonly string[] {
  const full = /^[^/]+:\d+(\/|$)/.test(text) ? `http://${text}` : text;
  const given = clientUrl(parseUrl(full, ['ws:', 'wss:', 'http:', 'https:']));
  return before.includes(given) ? before : [...before, given];
}

export type Instance = Readonly<{ machine: string; key: string }>;

/** `order/42`. The key is all that follows the first slash. */
export function instance(text: string): Instance {
  const at = text.indexOf('/');
  const key = text.slice(at + 1);
  if (at === -1 || key === '') {
    return wrong('It must be MACHINE/KEY, such as order/42 or lifecycle/cluster.');
  }
  if (key.length > limits.keyCharsMax) wrong(`A key has at most ${limits.keyCharsMax} characters.`);
  return { machine: name(text.slice(0, at)), key };
}

export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return wrong(`It must be JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** `[1]` and `"RUN"` are no events, and no names that anybody means. */
export const looksLikeJson = (text: string): boolean => /^\s*[[{"]/.test(text);

/** A name (`RUN`) or an object with a type (`{"type":"PUT","value":1}`). */
export function machineEvent(text: string): MachineEvent {
  if (text.trim() === '') return wrong('An event has a name.');
  if (!looksLikeJson(text)) return { type: text };
  const event = json(text) as Partial<MachineEvent>;
  return typeof event.type === 'string' && event.type !== ''
    ? { ...event, type: event.type }
    : wrong('An event has a "type", which is a string.');
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const uuid = (text: string): string =>
  uuidPattern.test(text) ? text : wrong('It must be a UUID.');

export const consistencies: readonly Consistency[] = ['linearizable', 'lease', 'local'];
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
