/**
 * Loads the machines that `--machines FILE` names, and refuses every one that cannot be
 * replicated faithfully before anything else happens.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { checkReplicable, problemSentence } from '../../../machines/replica/replicable.ts';
import { lendXState } from './lend-xstate.ts';
import { whyItFailed } from './why-it-failed.ts';

export type Machines = Readonly<Record<string, AnyStateMachine>>;

const unreadable = (message: string, cause?: unknown): QuorateError =>
  new QuorateError('machines-unreadable', message, {}, { cause });

export async function loadMachines(file: string): Promise<Machines> {
  const path = resolve(file);
  if (!existsSync(path)) throw unreadable(`there is no file ${path}; check --machines.`);
  if (!statSync(path).isFile()) throw unreadable(`${path} is no file; name a module in it.`);

  const machines = exportOf(path, await importModule(path));
  const problems = Object.entries(machines).flatMap(([name, machine]) =>
    checkReplicable(name, machine).map((problem) => problemSentence(name, problem)),
  );
  if (problems.length > 0) {
    throw new QuorateError(
      'machine-unsupported',
      [`${path} cannot be replicated faithfully:`, ...problems].join('\n  '),
    );
  }
  return machines as Machines;
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

/** The export `machines`, or that of the default export (which is all that CommonJS has at times). */
function exportOf(path: string, module: unknown): Readonly<Record<string, unknown>> {
  const machines =
    propertyOf(module, 'machines') ??
    propertyOf(propertyOf(module, 'default'), 'machines') ??
    propertyOf(propertyOf(propertyOf(module, 'default'), 'default'), 'machines');
  const remedy = 'write `export const machines = { order: orderMachine }`.';
  if (machines === undefined) throw unreadable(`${path} has no export \`machines\`; ${remedy}`);
  if (typeof machines !== 'object' || machines === null || Array.isArray(machines)) {
    throw unreadable(`\`machines\` in ${path} is no object of machines by name; ${remedy}`);
  }
  if (isMachine(machines)) {
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
const isMachine = (value: object): boolean =>
  typeof propertyOf(value, 'transition') === 'function' && propertyOf(value, 'root') !== undefined;
