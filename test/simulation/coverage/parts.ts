/** What a chart consists of, each part by a name: its states, its transitions, its guards. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { linkMachine } from '../../../machines/link.ts';
import { nodeMachine } from '../../../machines/node.ts';
import { peerMachine } from '../../../machines/peer.ts';
import { proposalMachine } from '../../../machines/proposal.ts';

export const charts: readonly AnyStateMachine[] = [
  nodeMachine,
  peerMachine,
  proposalMachine,
  linkMachine,
];

export const stateName = ({ id }: AnyStateNode): string => `state ${id}`;

/** Of several for one event, which one counts from 1. */
export function transitionName({
  source,
  eventType,
  ...transition
}: AnyTransitionDefinition): string {
  const rivals = candidates(source, eventType);
  const nth = rivals.findIndex(
    (each) =>
      each.target === transition.target &&
      each.actions === transition.actions &&
      each.guard === transition.guard,
  );
  const which = rivals.length > 1 ? ` (${nth + 1} of ${rivals.length})` : '';
  return `transition ${source.id} on ${eventType || 'its own'}${which}`;
}

export const guardName = (chart: string, guard: string, outcome: boolean): string =>
  `guard ${chart} ${guard}: ${outcome ? 'yes' : 'no'}`;

const candidates = (source: AnyStateNode, eventType: string): readonly AnyTransitionDefinition[] =>
  eventType === '' ? (source.always ?? []) : (source.transitions.get(eventType) ?? []);

/** All there are, of all charts. */
export function allParts(): readonly string[] {
  const names: string[] = [];
  const visit = (node: AnyStateNode): void => {
    names.push(stateName(node));
    for (const transitions of [...node.transitions.values(), node.always ?? []]) {
      names.push(...transitions.map(transitionName));
    }
    for (const child of Object.values(node.states)) visit(child);
  };
  for (const chart of charts) {
    visit(chart.root);
    for (const guard of Object.keys(chart.implementations.guards)) {
      names.push(guardName(chart.id, guard, true), guardName(chart.id, guard, false));
    }
  }
  return names;
}
