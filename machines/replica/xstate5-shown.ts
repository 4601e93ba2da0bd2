/**
 * What others may see of what a chart keeps. Actors are shown by their id, as XState writes them:
 * whoever had a real one in hand could send to it, past the log.
 */
import type { AnyActorRef } from 'xstate';
import { holds, replaced } from './xstate5-references.ts';

/** Of the same object always the same, and that object itself where there is no actor in it. */
export function shown<Value>(value: Value): Value {
  if (!holds(value, isActor)) return value;
  const kept = value as object;
  const before = copies.get(kept);
  if (before !== undefined) return before as Value;
  const copy = replaced(kept, isActor, (found) => (isActor(found) ? found.toJSON() : found));
  copies.set(kept, copy);
  return copy as Value;
}

const copies = new WeakMap<object, unknown>();

const isActor = (value: object): value is AnyActorRef & { toJSON(): unknown } =>
  'sessionId' in value && 'getSnapshot' in value && 'toJSON' in value;
