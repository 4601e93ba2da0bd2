/**
 * The payload of a `command` entry, encoded once per proposal: one positional MessagePack array,
 * of many fields for what a client asked for, of two for a chore.
 */
import { Packr } from 'msgpackr';
import type { Chore } from '../machines/protocol/chore.ts';
import type { Command, Payload } from '../machines/protocol/entry.ts';
import { limits } from '../machines/protocol/limits.ts';
import { choreOf, choreText } from './chore-codec.ts';
import { isPlainData } from './plain-messagepack.ts';

// No records: a payload must be readable alone, by any node, years later.
const packr = new Packr({
  useRecords: false,
  moreTypes: false,
  mapsAsObjects: true,
  // An event may have a field of that name: data, and no function.
  useToJSON: false,
});

export function encodeCommand({
  proposalId,
  machine,
  key,
  event,
  since,
  input,
}: Command): Uint8Array {
  const fields = [proposalId, machine, key, event, since];
  return packr.pack(input === undefined ? fields : [...fields, input]);
}

/** Throws where what an effect says is no data: a function, a promise, an object of a class. */
export const encodeChore = (proposalId: string, chore: Chore): Uint8Array =>
  packr.pack([proposalId, choreText(chore)]);

/**
 * Null where the payload is no command. Its checksum held, so a peer proposed it so; every node
 * sees the same, and passes over it alike.
 */
export function decodeCommand(payload: Uint8Array): Payload | null {
  const fields = unpack(payload);
  if (!Array.isArray(fields)) return null;
  if (fields.length === 2) {
    const [id, text] = fields as readonly unknown[];
    const chore = typeof id === 'string' && typeof text === 'string' ? choreOf(text) : null;
    return chore === null ? null : ({ proposalId: id, chore } as Payload);
  }
  const [proposalId, machine, key, event, since, input] = fields as readonly unknown[];
  if (
    typeof proposalId !== 'string' ||
    typeof machine !== 'string' ||
    typeof key !== 'string' ||
    !hasType(event) ||
    !Number.isSafeInteger(since)
  ) {
    return null;
  }
  const command = { proposalId, machine, key, event, since } as Command;
  return fields.length > 5 ? { ...command, input } : command;
}

const hasType = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string';

/** The event and the input stand in the list of fields. */
const depthMax = limits.eventDepthMax + 1;

function unpack(payload: Uint8Array): unknown {
  return isPlainData(payload, depthMax) ? packr.unpack(payload) : null;
}
