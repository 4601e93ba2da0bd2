/**
 * One machine by its name: its definitions in the order of succession, the one in force, and its
 * instances. The first is in force when the log begins; the log says when the next one is.
 */
import { QuorateError } from '../protocol/errors.ts';
import { type Parts, partsOf } from './definition-parts.ts';
import { type Engine, MachineFailure } from './engine.ts';
import { fingerprint } from './fingerprint.ts';
import {
  type At,
  createInstances,
  type Instances,
  type Touching,
  type Watching,
} from './instances.ts';
import type { Policy } from './pending.ts';
import type { Refusal } from './refusals.ts';
import { chainOf, type Definition, isOnceBy, type ReplicationOptions } from './replicated.ts';
import { xstate5Engine } from './xstate5-engine.ts';

export type Version = Readonly<{
  engine: Engine;
  replication: ReplicationOptions;
  isOnce: Policy;
  /**
   * Of all that decides where instances stand: the definition, how it treats missed deadlines, and
   * how instances came over to it. It names all definitions before it too, so that one which
   * returns to an earlier one is another.
   */
  fingerprint: string;
  /** What that is the fingerprint of, as plain data. */
  describe: () => unknown;
}>;

export interface Hosted {
  readonly name: string;
  readonly instances: Instances;
  /** In force. */
  readonly version: Version;
  /** Fingerprints of all definitions that this node has. */
  readonly chain: readonly string[];
  /** The first of them, taken apart. */
  parts(depth: number): Parts;
  /** Why the definition that all voters have is not in force all the same; null where it is. */
  readonly refusal: string | null;
  /**
   * Puts the next definition in force, and brings every instance over to it, or none. False where
   * one of them has no place there, which is remembered as the refusal. Throws `machines-changed`
   * where this node has another definition than the others have agreed on, and have gone over to.
   */
  goOver(successor: string, at: At): boolean;
}

type Limits = Readonly<{ microstepsPerEventMax: number }>;

type World = Readonly<{
  watching: Watching;
  touched: Touching;
  wasRefused: WasRefused;
}>;

/** Whether the log tells, behind that entry, that nothing came of it. */
export type WasRefused = (refusal: Refusal) => boolean;

export function host(
  name: string,
  definition: Definition,
  limits: Limits,
  { watching, touched, wasRefused }: World,
): Hosted {
  const versions = versionsOf(definition, limits);
  let [version] = versions;
  let refusal: string | null = null;
  const instances = createInstances(version.engine, {
    isOnce: (wish) => version.isOnce(wish),
    watching,
    touched,
  });

  return {
    name,
    instances,
    get version() {
      return version;
    },
    get refusal() {
      return refusal;
    },
    chain: versions.map((each) => each.fingerprint),
    parts: (depth) => partsOf(versions[0].describe(), depth),

    goOver(successor, at) {
      const next = versions[versions.indexOf(version) + 1];
      if (next?.fingerprint !== successor) {
        if (!wasRefused({ machine: name, successor, at: at.index })) {
          throw cannotGoAlong(name, successor);
        }
        refusal = 'some instance had no place in it';
        return false;
      }
      try {
        instances.goOver(at, next.engine, next.replication.migrate);
      } catch (thrown) {
        if (!(thrown instanceof MachineFailure)) throw thrown;
        refusal = thrown.message;
        return false;
      }
      version = next;
      refusal = null;
      return true;
    },
  };
}

type Versions = readonly [Version, ...Version[]];

/** The eldest first. */
export function versionsOf(definition: Definition, limits: Limits): Versions {
  const versions: Version[] = [];
  for (const { machine, replication } of chainOf(definition)) {
    const engine = xstate5Engine(machine, limits);
    const before = versions.at(-1)?.fingerprint;
    const describe = (): unknown => described(engine, replication, before);
    versions.push({
      engine,
      replication,
      isOnce: isOnceBy(replication),
      fingerprint: fingerprint(describe()),
      describe,
    });
  }
  return versions as unknown as Versions;
}

/** What an effect does twice or once is its leader's affair: the log has what came of it. */
function described(
  engine: Engine,
  { missedDeadlines = 'remaining', migrate }: ReplicationOptions,
  before: string | undefined,
): unknown {
  const definition = engine.describe();
  const options = missedDeadlines === 'remaining' ? {} : { missedDeadlines };
  if (before !== undefined) {
    return { before, definition, ...options, ...(migrate && { migrate: String(migrate) }) };
  }
  return missedDeadlines === 'remaining' ? definition : { definition, ...options };
}

const cannotGoAlong = (name: string, successor: string): QuorateError =>
  new QuorateError(
    'machines-changed',
    `the cluster has gone over to another definition of "${name}" (${successor}), which this node does not have. ` +
      'Start it with the same machines as the other nodes.',
    { machine: name },
  );
