/**
 * All that there is to an instance at rest, laid open for comparison: its states, its context, its
 * children and theirs, and what it waits for. Two instances that look the same here act the same.
 * Names that merely count (actors, effects, deadlines) are told by their place instead.
 */
import type { AnyMachineSnapshot, AnyStateNode } from 'xstate';
import type { Snapshot } from './engine.ts';
import { imprintOf, type Naming, type Path, pathAt, type Strange } from './exercise-imprint.ts';
import type { Pending, Session } from './pending.ts';
import type { Member } from './xstate5-actors.ts';
import type { Standing as Opened } from './xstate5-standing.ts';

export type Standing = Readonly<{
  /** What its own actor and those below it are, by the names of XState's snapshots. */
  figure: Figure;
  /** Deadlines and effects that run, in the order in which they were asked for. */
  waiting: Waiting;
  naming: Naming;
  /** Paths of the active states of the machine itself, and of it with all its children. */
  states: readonly string[];
  configuration: string;
  /** Ids of children that it has, and nothing stands behind them. */
  missing: readonly string[];
}>;

type Figure = Readonly<{
  status: unknown;
  context?: unknown;
  output?: unknown;
  error?: unknown;
  children: Readonly<Record<string, unknown>>;
  [more: string]: unknown;
}>;

type Waiting = Readonly<{ timers: readonly unknown[]; effects: readonly unknown[] }>;

export function standingOf(snapshot: Snapshot, pending: Pending): Standing {
  const { root, cast } = snapshot as unknown as Opened;
  const members = cast?.members ?? [];
  const bySession = new Map(
    members.map((member, place) => [member.actor.sessionId, { member, place }]),
  );
  const placeOf = (session: Session): number | null => bySession.get(session)?.place ?? null;
  const naming: Naming = (value) => {
    const session = sessionOf(value);
    return session === null ? null : String(placeOf(session) ?? 'gone');
  };

  const missing: string[] = [];
  const configurations: string[] = [];
  const childrenOf = (of: AnyMachineSnapshot): Figure['children'] =>
    Object.fromEntries(
      Object.entries(of.children as Record<string, object | undefined>).map(([id, child]) => {
        const found = child === undefined ? undefined : bySession.get(sessionOf(child) ?? '');
        if (child === undefined) missing.push(id);
        return [id, found === undefined ? null : memberFigure(found.member, found.place)];
      }),
    );
  const memberFigure = ({ actor, stand }: Member, place: number): Figure => ({
    place,
    src: typeof actor.src === 'string' ? actor.src : '(inline)',
    systemId: actor.systemId,
    isOver: stand.isOver,
    ...(isMachineSnapshot(stand.snapshot)
      ? machineFigure(stand.snapshot)
      : plainFigure(stand.snapshot)),
  });
  const machineFigure = (of: AnyMachineSnapshot): Figure => {
    const active = nodesOf(of).map(({ id }) => id);
    configurations.push(active.join(' '));
    return {
      status: of.status,
      active,
      remembered: Object.fromEntries(
        Object.entries(of.historyValue as Record<string, readonly AnyStateNode[]>).map(
          ([id, nodes]) => [id, nodes.map((node) => node.id)],
        ),
      ),
      context: of.context as unknown,
      output: of.output,
      error: of.error,
      children: childrenOf(of),
    };
  };

  return {
    figure: machineFigure(root),
    waiting: waitingOf(pending, placeOf),
    naming,
    states: nodesOf(root)
      .filter((node) => node.path.length > 0)
      .map((node) => node.path.join('.')),
    configuration: configurations.join('|'),
    missing,
  };
}

function waitingOf(
  { timers, effects }: Pending,
  placeOf: (session: Session) => number | null,
): Waiting {
  return {
    timers: timers.map(({ from, to, id, event, delayMs, dueMs, isAdrift }, at) => {
      const before = timers[at - 1];
      return {
        from: placeOf(from),
        to: placeOf(to),
        id,
        event,
        delayMs,
        isAdrift,
        // Scheduled at once with the one before, so that the shorter of the two comes first.
        isWithBefore: before !== undefined && before.dueMs - before.delayMs === dueMs - delayMs,
      };
    }),
    effects: effects.map(({ wish, isOnce }) =>
      wish.kind === 'invocation'
        ? { session: placeOf(wish.session), name: wish.name, input: wish.input, isOnce }
        : { kind: wish.kind },
    ),
  };
}

const plainFigure = ({ status, ...rest }: AnyMachineSnapshot): Figure => {
  const { context, output, error, input } = rest as Partial<Record<string, unknown>>;
  return { status, context, output, error, input, children: {} };
};

const isMachineSnapshot = (snapshot: object): snapshot is AnyMachineSnapshot =>
  'machine' in snapshot && '_nodes' in snapshot;

const nodesOf = ({ _nodes }: AnyMachineSnapshot): readonly AnyStateNode[] => _nodes;

/** The session of an actor on the engine's stage. Asked of anything, so no getter is touched. */
function sessionOf(value: object): Session | null {
  const own = (name: string): unknown => Object.getOwnPropertyDescriptor(value, name)?.value;
  const session = own('sessionId');
  const system = own('system');
  const isOnStage =
    typeof session === 'string' &&
    typeof system === 'object' &&
    system !== null &&
    // What XState's own systems keep their timers in.
    !('_snapshot' in system);
  return isOnStage ? session : null;
}

/** The same standing gives the same text, whoever came to it, and when. */
export function standingImprint(standing: Standing, strange?: Strange): string {
  return imprintOf(partsOf(standing), standing.naming, strange);
}

export const standingPathAt = (standing: Standing, offset: number): Path =>
  pathAt(partsOf(standing), standing.naming, offset);

const partsOf = ({ figure, waiting }: Standing) => ({ ...figure, waiting });
