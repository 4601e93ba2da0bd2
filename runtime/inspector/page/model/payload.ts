/** What somebody typed as an event's fields, checked before it is sent. */
import type { EventPicture } from '../../protocol.ts';

export type Checked =
  | Readonly<{ event: EventPicture; problem: null }>
  | Readonly<{ event: null; problem: string }>;

export function eventOf(type: string, fields: string): Checked {
  if (type === '') return wrong('Name the event.');
  if (type.startsWith('xstate.')) return wrong('Names that begin with xstate. are XState’s own.');
  if (fields.trim() === '') return { event: { type }, problem: null };
  let payload: unknown;
  try {
    payload = JSON.parse(fields);
  } catch (error) {
    return wrong(`This is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return wrong('The fields of an event are an object: {"cents": 250}.');
  }
  if ('type' in payload && payload.type !== type) {
    return wrong('The type is chosen above: leave it out here.');
  }
  return { event: { ...payload, type }, problem: null };
}

const wrong = (problem: string): Checked => ({ event: null, problem });
