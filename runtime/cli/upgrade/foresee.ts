/** What would become of each instance that a log has brought about, if new machines came. */
import { setImmediate as breathe } from 'node:timers/promises';
import { lifecycleName } from '../../../machines/lifecycle.ts';
import { toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { MachineFailure } from '../../../machines/replica/engine.ts';
import { otherwise, type Surroundings } from '../../../machines/replica/exercise-surroundings.ts';
import { type Version, versionsOf } from '../../../machines/replica/hosting.ts';
import type { Instance } from '../../../machines/replica/instances.ts';
import type { Migrate } from '../../../machines/replica/migration.ts';
import { afterChanges } from '../../../machines/replica/pending.ts';
import type { Replica } from '../../../machines/replica/replica.ts';
import type { Definition } from '../../../machines/replica/replicated.ts';
import { inAlteredWorld } from '../../check/altered-world.ts';
import { type MachineFinding, type Problem, Problems } from './findings.ts';
import { type Side, unheard } from './unheard.ts';

type Machines = Readonly<Record<string, Definition>>;

/** `reached` is called now and then with a machine and how many of its instances were looked at. */
export async function foresee(
  replica: Replica,
  machines: Machines,
  reached: (machine: string, instances: number) => void,
): Promise<readonly MachineFinding[]> {
  const findings: MachineFinding[] = [];
  const here = replica.machineNames.filter((name) => name !== lifecycleName);
  for (const name of here) findings.push(await foreseeOne(replica, name, machines, reached));
  for (const name of Object.keys(machines)) {
    if (!here.includes(name)) findings.push({ ...nothing(name), verdict: 'new' });
  }
  return findings;
}

const nothing = (machine: string) => ({
  machine,
  instances: 0,
  goOver: 0,
  ...new Problems().summary,
});

async function foreseeOne(
  replica: Replica,
  name: string,
  machines: Machines,
  reached: (machine: string, instances: number) => void,
): Promise<MachineFinding> {
  const instances = replica.instanceCount(name);
  const hosted = replica.hosted(name);
  const problems = new Problems();
  if (!Object.hasOwn(machines, name) || hosted === undefined) {
    problems.add({
      kind: 'missing',
      what: 'a node would not start without it (machines-changed): the log holds its events',
    });
    return { ...nothing(name), verdict: 'missing', instances, ...problems.summary };
  }
  const steps = stepsFrom(hosted.version, machines[name] as Definition, problems);
  if (steps.length === 0) {
    return { ...nothing(name), verdict: 'unchanged', instances, goOver: instances };
  }
  let goOver = 0;
  let lookedAt = 0;
  for (const some of inPortions(hosted.instances.entries())) {
    inAlteredWorld(neverEnough, (surroundings) => {
      const watched = steps.map((step) => watchedIn(surroundings, step, problems));
      for (const [key, instance] of some) {
        const found = foreseeInstance(hosted.version, watched, instance);
        if (found.isPlaced) goOver += 1;
        for (const problem of found.problems) problems.add({ ...problem, key });
      }
    });
    lookedAt += some.length;
    reached(name, lookedAt);
    await breathe();
  }
  return { machine: name, verdict: 'changed', instances, goOver, ...problems.summary };
}

const neverEnough = (): boolean => false;
const portion = 1_000;

function* inPortions<Item>(items: Iterable<Item>): Iterable<readonly Item[]> {
  let some: Item[] = [];
  for (const item of items) {
    some.push(item);
    if (some.length < portion) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

/** Nodes do not agree on what a `migrate` can look at besides what it is given. */
function watchedIn(surroundings: Surroundings, version: Version, problems: Problems): Version {
  const { migrate, ...others } = version.replication;
  if (migrate === undefined) return version;
  const watched: Migrate = (old) => {
    const { result, looks } = surroundings.within(otherwise(1), () => migrate(old));
    for (const { call, place } of looks) {
      const what = `migrate calls ${call}${place === null ? '' : ` (${place})`}, which differs between nodes: let it depend on what it is given alone`;
      problems.addOnce({ kind: 'migrate-looks', what });
    }
    return result;
  };
  return { ...version, replication: { ...others, migrate: watched } };
}

/** The definitions to go over to, one after the other. */
function stepsFrom(
  inForce: Version,
  definition: Definition,
  problems: Problems,
): readonly Version[] {
  const versions = versionsOf(definition, limits);
  const at = versions.findIndex(({ fingerprint }) => fingerprint === inForce.fingerprint);
  if (at >= 0) return versions.slice(at + 1);
  problems.add({
    kind: 'no-successor',
    what:
      'a node would not go along with it (machines-changed): it does not come after the definition ' +
      'that is in force; write `replicated(new, { upgrades: old })`, with the old one as it is',
  });
  return versions.slice(-1);
}

type Foreseen = Readonly<{ isPlaced: boolean; problems: readonly Problem[] }>;

/** As of the end of the log. */
const then = { index: toIndex(0), term: toTerm(0), timeMs: 0 };

function foreseeInstance(
  inForce: Version,
  steps: readonly Version[],
  { snapshot, pending, view }: Instance,
): Foreseen {
  const before: Side = { engine: inForce.engine, snapshot, pending };
  let side = before;
  try {
    for (const { engine, replication, isOnce } of steps) {
      const carried = engine.upgrade(side.engine, side, replication.migrate);
      const waiting = { ...side.pending, timers: carried.timers };
      side = {
        engine,
        snapshot: carried.snapshot,
        pending: afterChanges(waiting, carried.changes, then, isOnce),
      };
    }
  } catch (thrown) {
    if (!(thrown instanceof MachineFailure)) throw thrown;
    const what = `it stands in ${JSON.stringify(view.value)} and has no place: ${thrown.message}`;
    return { isPlaced: false, problems: [{ kind: 'no-place', what }] };
  }
  return { isPlaced: true, problems: unheard(before, side) };
}
