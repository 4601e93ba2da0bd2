/**
 * Chores as text. What effects of charts have to say may be any value that is data, so they are
 * written by devalue, which keeps dates, maps, errors and the like; the rest is checked as
 * everything is that comes from a peer.
 */
import { stringify, unflatten } from 'devalue';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Chore } from '../machines/protocol/chore.ts';
import { limits } from '../machines/protocol/limits.ts';
import { isNoDeeper } from './flat-depth.ts';

const count = Type.Integer({ minimum: 0 });
const text = Type.String();
const effect = Type.String({ pattern: '^[0-9]+\\.[0-9]+$' });
const machineEvent = Type.Object({ type: text });
const instance = { machine: text, key: text };

const chores = Compile(
  Type.Union([
    Type.Object({ type: Type.Literal('tick'), node: text, term: count, wallMs: Type.Number() }),
    Type.Object({ type: Type.Literal('fire'), ...instance, timer: count }),
    Type.Object({
      type: Type.Literal('hear'),
      ...instance,
      effect,
      term: count,
      word: count,
      said: Type.Union([
        Type.Object({ to: Type.Literal('itself'), event: machineEvent }),
        Type.Object({ to: Type.Literal('parent'), event: machineEvent }),
        Type.Object({ to: Type.Literal('failure'), error: Type.Unknown() }),
      ]),
    }),
    Type.Object({ type: Type.Literal('claim'), ...instance, effect, term: count }),
    Type.Object({ type: Type.Literal('done'), ...instance, effects: Type.Array(effect) }),
    Type.Object({ type: Type.Literal('refused'), machine: text, successor: text, at: count }),
    Type.Object({ type: Type.Literal('deliver'), ...instance, effect }),
    Type.Object({
      type: Type.Literal('knows'),
      node: text,
      voters: Type.Array(text),
      known: Type.Array(Type.Object({ machine: text, chain: Type.Array(text) })),
      after: count,
    }),
  ]),
);

/** An event within what is said within a chore; and what is in the innermost of it. */
const depthMax = limits.eventDepthMax + 3;

/**
 * Throws where what an effect says is no data (a function, a promise, an object of a class), or
 * goes too deep.
 */
export function choreText(chore: Chore): string {
  const written = stringify(chore, { Error: errorFields });
  if (isNoDeeper(JSON.parse(written), depthMax)) return written;
  throw new Error(`it goes deeper than ${limits.eventDepthMax} levels`);
}

/** Null where it says no chore. */
export function choreOf(written: string): Chore | null {
  try {
    const flat: unknown = JSON.parse(written);
    if (!isNoDeeper(flat, depthMax)) return null;
    const chore: unknown = unflatten(flat as unknown[], { Error: errorOf });
    return chores.Check(chore) ? (chore as Chore) : null;
  } catch {
    return null;
  }
}

/** Whatever a peer has written there. */
type ErrorFields = Readonly<{ name: unknown; message: unknown; code?: unknown }>;

const errorFields = (value: unknown): ErrorFields | undefined =>
  value instanceof Error
    ? {
        name: value.name,
        message: value.message,
        ...(Object.hasOwn(value, 'code') && { code: Reflect.get(value, 'code') as unknown }),
      }
    : undefined;

function errorOf({ name, message, code }: ErrorFields): Error {
  const error = new Error(String(message));
  // Where it was thrown is nothing that replicas could agree on.
  error.stack = `${String(name)}: ${error.message}`;
  error.name = String(name);
  return code === undefined ? error : Object.assign(error, { code });
}
