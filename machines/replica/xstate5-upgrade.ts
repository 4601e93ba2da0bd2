/**
 * An instance of one definition as an instance of the next, both as plain data: where its states
 * still exist it stands where it stood, otherwise `migrate` has to say where it belongs. It enters
 * no state by that. What it leaves ends as always: the delays of that state, and the actors that
 * the state has invoked. Its children go over to what has their name in the new definition.
 */
import type { AnyMachineSnapshot, AnyStateNode, StateValue } from 'xstate';
import { type Engine, MachineFailure, reasonOf } from './engine.ts';
import { type Migrate, migrated } from './migration.ts';
import { type Change, rootSession, type Session, type Timer } from './pending.ts';
import { isMachine } from './xstate5-effects.ts';
import {
  type Fields,
  fieldsOf,
  isMarkedSnapshot,
  withFields,
  withSnapshots,
} from './xstate5-marks.ts';
import type { PlainActor, PlainInstance } from './xstate5-plain.ts';
import { holds } from './xstate5-references.ts';
import { type Body, bodyOf, deserialize, serialize } from './xstate5-snapshot.ts';

/** The new definition. */
type To = Readonly<{ body: Body; find: (name: string) => object | undefined }>;

/**
 * What `serialize` of the old definition gave, as `hydrate` of the new one takes it. Throws
 * {@link MachineFailure} where the new one has no such state, or `migrate` throws.
 */
export function carriedOver(
  { body, find }: To,
  from: Engine,
  told: PlainInstance,
  migrate: Migrate | undefined,
): Readonly<{ plain: PlainInstance; changes: readonly Change[] }> {
  const old = fieldsOf(told.root) as Fields;
  const plain = withSnapshots(
    { ...told, root: { ...old, ...migrated(migrate, old) } },
    (name, fields) => placed(bodyOf(requireMachine(name, find(name))), fields),
  ) as PlainInstance;
  const fields = placed(body, plain.root as unknown as Fields, old.value);

  const left = leftBy(from, old, fields);
  const wanted = new Set(fields.active.flatMap((state) => endingWith(body, state).actors));
  const ended = new Set(left.flatMap(({ actors }) => actors).filter((id) => !wanted.has(id)));
  const over = belonging(plain.actors, ended);

  const children = Object.entries(fields.children).filter(([id]) => !ended.has(id));
  const root = { ...fields, children: Object.fromEntries(children) };
  const actors = plain.actors.map((actor): PlainActor => {
    if (over.has(actor.session)) return { ...actor, isOver: true, isKnown: false };
    if (!isOfSameKind(actor, find)) {
      throw new MachineFailure(`its child "${actor.id}" is of another kind`);
    }
    return actor;
  });
  return {
    plain: { ...plain, actors, root: withFields(told.root, root) as PlainInstance['root'] },
    changes: [
      ...callingOff(left),
      ...[...over].map((session): Change => ({ type: 'over', session })),
    ],
  };
}

/** Likewise, without the detour, for an instance that has no actors: most are like that. */
export function carriedOverAlone(
  body: Body,
  from: Engine,
  root: AnyMachineSnapshot,
  migrate: Migrate | undefined,
): Readonly<{ root: AnyMachineSnapshot; changes: readonly Change[] }> {
  const old = serialize(root);
  const now = migrated(migrate, old);
  const fields = placed(body, { ...old, ...now } as Fields, old.value);
  return { root: deserialize(body, fields), changes: callingOff(leftBy(from, old, fields)) };
}

/** Whether this, and what waits for it, is no more than plain data. */
export const isAlone = (root: AnyMachineSnapshot, timers: readonly Timer[]): boolean =>
  Object.keys(root.children).length === 0 &&
  !holds([root.context, root.output, root.error, timers], mayBeAnActor);

/** Or a snapshot, or what stands for the machine's own actor. */
const mayBeAnActor = (found: object): boolean => 'getSnapshot' in found || '_nodes' in found;

type Ending = ReturnType<Engine['endingWith']>;

const leftBy = (from: Engine, old: Fields, now: Fields): readonly Ending[] =>
  old.active.filter((state) => !now.active.includes(state)).map((state) => from.endingWith(state));

const callingOff = (left: readonly Ending[]): readonly Change[] =>
  left.flatMap(({ delays }) =>
    delays.map((id): Change => ({ type: 'cancel', from: rootSession, id })),
  );

/** Those children of the machine itself, and all that are theirs. */
function belonging(
  actors: readonly PlainActor[],
  children: ReadonlySet<string>,
): ReadonlySet<Session> {
  const found = new Set<Session>();
  // The elder come first.
  for (const { session, parent, id, isOver } of actors) {
    const isMeant = parent === rootSession ? children.has(id) && !isOver : found.has(parent);
    if (isMeant) found.add(session);
  }
  return found;
}

function requireMachine(name: string, code: object | undefined) {
  if (isMachine(code)) return code;
  throw new MachineFailure(`there is no machine any more at ${name}`);
}

/** One that is over takes no steps. */
const isOfSameKind = ({ logic, isOver, snapshot }: PlainActor, find: To['find']): boolean =>
  logic === null || isOver || isMachine(find(logic)) === isMarkedSnapshot(snapshot);

/** What a snapshot says, where it has its place in that machine. `before`: where it stood. */
function placed(body: Body, fields: Fields, before: StateValue = fields.value): Fields {
  const has = (state: string): boolean => body.nodes.has(state);
  const { value, active } = placeOf(body, fields.value);
  // To the letter: a value does not tell in which order states were entered, and regions act in it.
  const isSame = isWithin(value, before) && isWithin(before, value) && fields.active.every(has);
  return {
    ...fields,
    ...(isSame ? { value: before } : { value, active }),
    remembered: Object.fromEntries(
      Object.entries(fields.remembered).filter(([id, held]) => [id, ...held].every(has)),
    ),
  };
}

function placeOf({ machine }: Body, value: unknown) {
  try {
    const { value: place, _nodes: nodes } = machine.resolveState({
      value: value as StateValue,
      context: {},
    });
    if (isWithin(value, place)) return { value: place, active: nodes.map(idOf) };
  } catch {
    // XState says no more than that, in words of its own.
  }
  throw new MachineFailure(`there is no state ${reasonOf(JSON.stringify(value))}`);
}

const idOf = ({ id }: AnyStateNode): string => id;

/** XState fills in what a value leaves open, and passes over what it does not understand. */
function isWithin(part: unknown, whole: unknown): boolean {
  if (typeof part === 'string') {
    return part === whole || (isObject(whole) && Object.hasOwn(whole, part));
  }
  if (!isObject(part)) return false;
  return Object.entries(part).every(([state, inner]) =>
    isObject(whole)
      ? Object.hasOwn(whole, state) && isWithin(inner, Reflect.get(whole, state))
      : whole === state && isObject(inner) && Object.keys(inner).length === 0,
  );
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** What XState ends when it leaves that state. */
export function endingWith({ nodes }: Body, state: string) {
  const node = nodes.get(state);
  return {
    delays: node?.after.map(({ eventType }) => eventType) ?? [],
    actors: node?.invoke.map(({ id }) => id) ?? [],
  };
}
