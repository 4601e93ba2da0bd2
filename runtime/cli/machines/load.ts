/**
 * Loads the machines that `--machines FILE` names, and refuses every one that cannot be
 * replicated faithfully before anything else happens.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { checkReplicable, problemSentence } from '../../../machines/replica/replicable.ts';
import type { Definition } from '../../../machines/replica/replicated.ts';
import type { Redact } from '../../inspector/showing.ts';
import { lendXState } from './lend-xstate.ts';
import { whyItFailed } from './why-it-failed.ts';

export type Machines = Readonly<Record<string, Definition>>;

export type Hosted = Readonly<{ machines: Machines; redact: Redact | null }>;

/** What such a file has for us, as it is. */
export type MachinesModule = Readonly<{
  path: string;
  machines: Readonly<Record<string, unknown>>;
  /** For `quorate check` to try. */
  events: unknown;
  /** For the inspector to ask. */
  redact: unknown;
}>;

const unreadable = (message: string, cause?: unknown): QuorateError =>
  new QuorateError('machines-unreadable', message, {}, { cause });

export const loadMachines = async (file: string): Promise<Machines> =>
  (await loadHosted(file)).machines;

/** For a node: what it hosts, and who decides what of it may be looked at. */
export async function loadHosted(file: string): Promise<Hosted> {
  const { path, machines, redact } = await loadModule(file);
  if (redact !== undefined && typeof redact !== 'function') {
    throw unreadable(
      `\`redact\` in ${path} is no function; write \`export const redact = (value, where) => value\`.`,
    );
  }
  const problems = Object.entries(machines).flatMap(([name, machine]) =>
    checkReplicable(name, machine).map((problem) => problemSentence(name, problem)),
  );
  if (problems.length > 0) {
    throw new QuorateError(
      'machine-unsupported',
      [`${path} cannot be replicated faithfully:`, ...problems].join('\n  '),
    );
  }
  return { machines: machines as Machines, redact: (redact as Redact | undefined) ?? null };
}

export async function loadModule(file: string): Promise<MachinesModule> {
  const path = pathOf(file, 'check the name.');
  const module = await importModule(path);
  return {
    path,
    machines: machinesOf(path, module),
    events: exportOf(module, 'events'),
    redact: exportOf(module, 'redact'),
  };
}

/** All that a module exports by name; a default export's names count too, but come second. */
export async function loadExports(
  file: string,
): Promise<Readonly<{ path: string; exported: Readonly<Record<string, unknown>> }>> {
  const path = pathOf(file, 'check the name.');
  const module = await importModule(path);
  const fallback = propertyOf(module, 'default');
  const inDefault = isDefinition(fallback) ? {} : propertiesOf(fallback);
  return { path, exported: { ...inDefault, ...propertiesOf(module) } };
}

const propertiesOf = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : {};

/** A machine, as it is or with options. */
export const isDefinition = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (isMachine(value) || isReplicated(value));

/** The export `events` of a module, or what a JSON file holds. */
export async function loadEvents(file: string): Promise<unknown> {
  const path = pathOf(file, 'check --events.');
  if (path.endsWith('.json')) {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as unknown;
    } catch (error) {
      throw unreadable(`${path} is no JSON: ${String(error)}.`, error);
    }
  }
  const events = exportOf(await importModule(path), 'events');
  if (events !== undefined) return events;
  throw unreadable(
    `${path} has no export \`events\`; write \`export const events = { order: [{ type: 'PAY' }] }\`.`,
  );
}

function pathOf(file: string, remedy: string): string {
  const path = resolve(file);
  if (!existsSync(path)) throw unreadable(`there is no file ${path}; ${remedy}`);
  if (!statSync(path).isFile()) throw unreadable(`${path} is no file; name a module in it.`);
  return path;
}

async function importModule(path: string): Promise<unknown> {
  const giveBack = lendXState();
  try {
    // Takes TypeScript and JavaScript, ESM and CommonJS, and what those import in turn.
    const { tsImport } = await import('tsx/esm/api');
    return (await tsImport(pathToFileURL(path).href, import.meta.url)) as unknown;
  } catch (error) {
    throw unreadable(`${path} cannot be imported: ${whyItFailed(error, path)}`, error);
  } finally {
    giveBack();
  }
}

/** A named export, or one of the default export's (which is all that CommonJS has at times). */
const exportOf = (module: unknown, name: string): unknown =>
  propertyOf(module, name) ??
  propertyOf(propertyOf(module, 'default'), name) ??
  propertyOf(propertyOf(propertyOf(module, 'default'), 'default'), name);

function machinesOf(path: string, module: unknown): Readonly<Record<string, unknown>> {
  const machines = exportOf(module, 'machines');
  const remedy = 'write `export const machines = { order: orderMachine }`.';
  if (machines === undefined) throw unreadable(`${path} has no export \`machines\`; ${remedy}`);
  if (typeof machines !== 'object' || machines === null || Array.isArray(machines)) {
    throw unreadable(`\`machines\` in ${path} is no object of machines by name; ${remedy}`);
  }
  if (isMachine(machines) || isReplicated(machines)) {
    throw unreadable(`\`machines\` in ${path} is one machine and lacks its name; ${remedy}`);
  }
  if (Object.keys(machines).length === 0) {
    throw unreadable(`\`machines\` in ${path} is empty; ${remedy}`);
  }
  return machines as Readonly<Record<string, unknown>>;
}

const propertyOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** By its shape, since it may come from another copy of XState than ours. */
const isMachine = (value: unknown): boolean =>
  typeof propertyOf(value, 'transition') === 'function' && propertyOf(value, 'root') !== undefined;

/** What `replicated` returns. */
const isReplicated = (value: object): boolean =>
  isMachine(propertyOf(value, 'machine')) &&
  propertyOf(value, 'replication') !== undefined &&
  !isMachine(propertyOf(value, 'replication'));
