/** The payload of a `command` entry: one positional MessagePack array, encoded once per proposal. */
import { Packr } from 'msgpackr';
import type { Command } from '../machines/protocol/entry.ts';
import { QuorateError } from '../machines/protocol/errors.ts';

// No records: a payload must be readable alone, by any node, years later.
const packr = new Packr({ useRecords: false, moreTypes: false, mapsAsObjects: true });

export const encodeCommand = ({ proposalId, machine, key, event, input }: Command): Uint8Array =>
  packr.pack(
    input === undefined ? [proposalId, machine, key, event] : [proposalId, machine, key, event, input],
  );

/**
 * Throws `storage-corrupt` where the payload is none of ours: its checksum held, so it was
 * written so, by a node of another version or by no node at all.
 */
export function decodeCommand(payload: Uint8Array): Command {
  const fields: unknown = packr.unpack(payload);
  if (Array.isArray(fields)) {
    const [proposalId, machine, key, event, input] = fields;
    if (
      typeof proposalId === 'string' &&
      typeof machine === 'string' &&
      typeof key === 'string' &&
      typeof event?.type === 'string'
    ) {
      const command = { proposalId, machine, key, event } as Command;
      return fields.length > 4 ? { ...command, input: input as unknown } : command;
    }
  }
  throw new QuorateError(
    'storage-corrupt',
    'a log entry does not hold a command: restore this node from its peers, and run one version of quorate on all of them',
  );
}
