/** This node as its viewers see it. */
import type { AnyActorRef } from 'xstate';
import type { ProposalId } from '../../machines/protocol/ids.ts';
import { actorsOf, type Inspected } from './inspected.ts';
import { createLiveWatches } from './live-watches.ts';
import { entryOf, namedActors, type Named } from './own-actors.ts';
import { ownPicture } from './own-picture.ts';
import { createProposalsWatch } from './proposals-watch.ts';
import type { ActorName } from './protocol.ts';
import type { Source } from './source.ts';

export type OwnSource = Source & Readonly<{ look(): void }>;

export function ownSource(inspected: Inspected): OwnSource {
  const { node, core, service, links, clock, charts, show, isRedacted } = inspected;
  let named: Named = new Map();
  const look = (): void => void (named = namedActors(node, actorsOf(inspected)));
  const proposalPrefix = `${node}/proposal/`;

  function find(actor: ActorName): AnyActorRef | undefined {
    if (!actor.startsWith(proposalPrefix)) return named.get(actor);
    const id = actor.slice(proposalPrefix.length) as ProposalId;
    return core.proposals.supervisor.getSnapshot().inFlight.get(id)?.actor;
  }

  const live = createLiveWatches({ root: core.actor, find, clock, charts, show });

  return {
    look() {
      look();
      live.look();
    },
    picture: () => ({
      node,
      unreachable: null,
      atMs: clock.wallMs(),
      status: ownPicture(service.status(), core.snapshot(), links(), isRedacted),
    }),
    actors: () => [...named].map(([actor, ref]) => entryOf(node, actor, ref, charts)),
    chart: (key) => charts.get(key),
    watch: (actor, tell) => live.watch(actor, tell),
    watchProposals: createProposalsWatch(inspected),
    ask: (question, reply) =>
      reply({ type: 'refused', code: 'bad-request', message: `no answer to ${question.type} yet` }),
  };
}
