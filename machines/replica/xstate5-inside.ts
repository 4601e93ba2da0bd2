/**
 * What the view of an instance does not show, though it decides what comes next: where its actors
 * stand, and what its history states would return to.
 */
import type { AnyMachineSnapshot } from 'xstate';
import type { Inside } from './engine.ts';
import { rootSession } from './pending.ts';
import type { Member } from './xstate5-actors.ts';
import type { Standing } from './xstate5-standing.ts';

export function insideOf({ root, cast }: Standing): Inside | null {
  const remembered = rememberedBy(root);
  const members = (cast?.members ?? []).filter(({ actor }) => actor.sessionId !== rootSession);
  if (remembered === null && members.length === 0) return null;
  return Object.fromEntries([
    ...(remembered === null ? [] : [[rootSession, { remembered }] as const]),
    ...members.map((member) => [member.actor.sessionId, memberInside(member)] as const),
  ]);
}

function memberInside({ actor, stand: { snapshot, isOver } }: Member): object {
  const { status, value, context, output, error } = snapshot;
  const remembered = rememberedBy(snapshot);
  return { id: actor.id, isOver, status, value, context, output, error, remembered };
}

/** Ids of states, by those of the history states. Of what is no machine, none. */
function rememberedBy({ historyValue = {} }: Partial<AnyMachineSnapshot>): object | null {
  const entries = Object.entries(historyValue);
  return entries.length === 0
    ? null
    : Object.fromEntries(entries.map(([id, nodes]) => [id, nodes.map((node) => node.id)]));
}
