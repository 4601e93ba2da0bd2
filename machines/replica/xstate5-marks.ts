/** Marks in plain data for what is none: actors, and snapshots of machines. */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { unreachable } from '../protocol/invariant.ts';
import { Unnameable } from './engine.ts';
import { rootSession, type Session } from './pending.ts';
import { isActor } from './xstate5-internals.ts';
import { isPlain, replaced } from './xstate5-references.ts';
import { type Body, deserialize, serialize } from './xstate5-snapshot.ts';

const mark = '(quorate)';

/** What a chart has by that name itself is marked as well, so that nothing is mistaken. */
type Marked =
  | Readonly<{ [mark]: 'actor'; session: Session }>
  | Readonly<{ [mark]: 'snapshot'; machine: string; fields: Fields }>
  | Readonly<{ [mark]: 'object'; fields: readonly (readonly [string, unknown])[] }>;

type MarkedSnapshot = Extract<Marked, { [mark]: 'snapshot' }>;

type World = Readonly<{
  /** Stands for the machine's own actor where that is not there. */
  self: object;
  nameOf: (machine: AnyStateMachine) => string | undefined;
}>;

export function marked(value: unknown, { self, nameOf }: World): unknown {
  const isToMark = (found: object): boolean =>
    found === self || isActor(found) || isSnapshot(found) || isMarked(found);

  return replaced(value, isToMark, (found, copy): Marked => {
    if (found === self) return { [mark]: 'actor', session: rootSession };
    if (isActor(found)) return { [mark]: 'actor', session: found.sessionId };
    if (!isSnapshot(found)) {
      const fields = Object.entries(found).map(([name, part]) => [name, copy(part)] as const);
      return { [mark]: 'object', fields };
    }
    const machine = nameOf(found.machine);
    if (machine === undefined) {
      throw new Unnameable('unnamed-machine', `machine "${found.machine.id}" is code within code`);
    }
    return { [mark]: 'snapshot', machine, fields: copy(serialize(found)) as Fields };
  });
}

type Meant = Readonly<{
  actor: (session: Session) => object;
  body: (machine: string) => Body;
}>;

export const unmarked = (value: unknown, { actor, body }: Meant): unknown =>
  replaced(value, isMarked, (found, copy) => {
    const said = found as Marked;
    switch (said[mark]) {
      case 'actor':
        return actor(said.session);
      case 'snapshot':
        return deserialize(body(said.machine), copy(said.fields));
      case 'object':
        return Object.fromEntries(said.fields.map(([name, part]) => [name, copy(part)]));
      default:
        return unreachable(said);
    }
  });

export type Fields = ReturnType<typeof serialize>;

/** The same with something else said by each snapshot in it, the inner ones first. */
export const withSnapshots = (
  value: unknown,
  change: (machine: string, fields: Fields) => Fields,
): unknown =>
  replaced(value, isMarkedSnapshot, (found, copy) => {
    const { machine, fields } = found as MarkedSnapshot;
    return { ...found, fields: change(machine, copy(fields) as Fields) };
  });

/** What a marked snapshot says, and the same mark with something else said. */
export const fieldsOf = (said: unknown): unknown => (said as { fields: unknown }).fields;
export const withFields = (said: unknown, fields: unknown): unknown => ({
  ...(said as object),
  fields,
});

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isMarked = (found: object): found is Marked => isPlain(found) && Object.hasOwn(found, mark);

export const isMarkedSnapshot = (found: unknown): found is MarkedSnapshot =>
  isObject(found) && isMarked(found) && found[mark] === 'snapshot';

const isSnapshot = (found: object): found is AnyMachineSnapshot =>
  'machine' in found && '_nodes' in found;
