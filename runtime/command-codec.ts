/** The payload of a `command` entry: one positional MessagePack array, encoded once per proposal. */
import { Packr } from 'msgpackr';
import type { Command } from '../machines/protocol/entry.ts';
import { limits } from '../machines/protocol/limits.ts';
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

/**
 * Null where the payload is no command. Its checksum held, so a peer proposed it so; every node
 * sees the same, and passes over it alike.
 */
export function decodeCommand(payload: Uint8Array): Command | null {
  const fields = unpack(payload);
  if (!Array.isArray(fields)) return null;
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
