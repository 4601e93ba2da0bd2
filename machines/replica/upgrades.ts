/** How machines go over to their next definitions, and what still keeps them from it. */
import type { Entry } from '../protocol/entry.ts';
import type { NodeId } from '../protocol/ids.ts';
import { type Logged, MachineFailure } from './engine.ts';
import type { Hosted } from './hosting.ts';
import type { Knowledge } from './knowledge.ts';
import type { Refusals } from './refusals.ts';
import type { Application } from './replica.ts';

/** A definition that a node has and that is not in force yet. */
export type Upgrade = Readonly<{
  machine: string;
  /** The voters that have not told the log that they have it. */
  waitsFor: readonly NodeId[];
  /** Why it is not taken although all have it; null where nothing is known against it. */
  refusal: string | null;
}>;

type World = Readonly<{
  hosted: ReadonlyMap<string, Hosted>;
  knowledge: Knowledge;
  refusals: Refusals;
  voters: readonly NodeId[];
}>;

/**
 * Every machine whose next definition all voters have by now goes over to it. Where one cannot,
 * nothing of it has changed, on no node; it is tried again whenever a node has something to tell.
 */
export function upgradeAll(
  entry: Entry,
  { hosted, knowledge, refusals, voters }: World,
): Application {
  const upgraded: string[] = [];
  const logged: Logged[] = [];
  const sentences: string[] = [];
  for (const machine of hosted.values()) {
    const { name, instances } = machine;
    for (;;) {
      const before = machine.version.fingerprint;
      const successor = knowledge.successorOf(name, before, voters);
      if (successor === null) break;
      if (!machine.goOver(successor, entry)) {
        refusals.found({ machine: name, successor, at: entry.index });
        sentences.push(
          `machine "${name}" stays at its definition ${before}, the next one (${successor}) is not taken: ${machine.refusal}`,
        );
        break;
      }
      upgraded.push(name);
      const value = { machine: name, before, now: successor, instances: instances.count };
      logged.push({ label: 'from here on another definition of a machine is in force', value });
    }
  }
  const { index, term } = entry;
  const accepted = upgraded.length > 0;
  return {
    outcome: { end: 'committed', index, term, accepted, view: null, emitted: [] },
    duplicate: false,
    logged,
    failure: sentences.length > 0 ? new MachineFailure(sentences.join('; ')) : null,
    happened: null,
    upgraded,
  };
}

/** What this node has in store. */
export const upgradesOf = (
  hosted: Iterable<Hosted>,
  knowledge: Knowledge,
  voters: readonly NodeId[],
): readonly Upgrade[] =>
  [...hosted].flatMap(({ name, chain, version, refusal }) => {
    const at = chain.indexOf(version.fingerprint);
    const next = chain[at + 1];
    if (next === undefined) return [];
    const waitsFor = voters.filter((voter) => !knowledge.has(voter, name, next));
    return [{ machine: name, waitsFor, refusal }];
  });
