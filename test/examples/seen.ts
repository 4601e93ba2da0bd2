/** What can be seen of an instance, as plain data that can be compared. */
import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';

export type Seen = Readonly<{
  status: string;
  value: unknown;
  context: unknown;
  output?: unknown;
  error?: unknown;
}>;

export const seenOf = ({ status, value, context, output, error }: Seen): Seen =>
  plain({ status, value, context, output, error }) as Seen;

/** As `seenOf`, of a local actor. */
export const standing = (snapshot: AnyMachineSnapshot): Seen => seenOf(snapshot);

/** Actors are told by their name, as XState itself writes them, and errors by what they say. */
export function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Error) {
    const { name, message } = value;
    const code: unknown = Reflect.get(value, 'code');
    return { error: name, message, ...(code === undefined ? {} : { code }) };
  }
  if (isActor(value)) return { xstate$$type: 1, id: value.id };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, plain(field)]),
  );
}

const isActor = (value: object): value is AnyActorRef =>
  'sessionId' in value && 'getSnapshot' in value;
