/** How a user brings an instance of one definition of a machine over to the next. */
import type { InstanceView } from '../protocol/outcome.ts';
import { copyOf } from './copy.ts';
import { MachineFailure, reasonOf } from './engine.ts';

/** Where an instance stands, as its own copy: it may be changed at will. */
export type MigratedSnapshot = Readonly<{
  status: InstanceView['status'];
  value: unknown;
  context: unknown;
  output?: unknown;
}>;

/** Pure, like everything that runs on every node. What it leaves out is as it was. */
export type Migrate = (old: MigratedSnapshot) => Partial<MigratedSnapshot>;

const statuses: ReadonlySet<unknown> = new Set(['active', 'done', 'error', 'stopped']);

/** Throws {@link MachineFailure} where `migrate` throws, or gives what is no snapshot. */
export function migrated(
  migrate: Migrate | undefined,
  { status, value, context, output }: MigratedSnapshot,
): MigratedSnapshot {
  const old = { status, value, context, ...(output === undefined ? {} : { output }) };
  if (migrate === undefined) return old;
  let given: unknown;
  try {
    given = migrate({ ...old, context: copyOf(context) });
  } catch (thrown) {
    throw new MachineFailure(`migrate threw: ${reasonOf(thrown)}`, { cause: thrown });
  }
  const all = { ...old, ...said(given) };
  const what = isObject(given) && !('then' in given) ? faultIn(all) : notASnapshot;
  if (what !== null) throw new MachineFailure(what);
  return all;
}

const notASnapshot = 'migrate gave no snapshot: let it return { value, context }, and at once';

function faultIn({ status, context }: MigratedSnapshot): string | null {
  if (!statuses.has(status)) return 'migrate gave a status that there is not';
  return isObject(context) ? null : 'migrate gave a context that is no object';
}

const said = (given: unknown): Partial<MigratedSnapshot> =>
  Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
