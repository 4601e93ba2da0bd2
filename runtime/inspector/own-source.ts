/** This node as its viewers see it. */
import type { AnyActorRef } from 'xstate';
import type { ProposalId } from '../../machines/protocol/ids.ts';
import { actorsOf, type Inspected } from './inspected.ts';
import { createInstanceWatches } from './instance-watches.ts';
import { createLiveWatches } from './live-watches.ts';
import { entryOf, namedActors, type Named } from './own-actors.ts';
import { ownPicture } from './own-picture.ts';
import { createQuestions } from './questions/questions.ts';
import { createProposalsWatch } from './proposals-watch.ts';
import type { ActorName } from './protocol.ts';
import type { Source } from './source.ts';

export type OwnSource = Source &
  Readonly<{
    /** Somebody looks, or nobody any more. */
    begin(): void;
    end(): void;
    /** Now and then, while somebody looks: actors come and go. */
    look(): void;
  }>;

export function ownSource(
  inspected: Inspected,
  peers: () => ReadonlyMap<string, Source>,
): OwnSource {
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
  const instances = createInstanceWatches(inspected);
  const questions = createQuestions(inspected, peers);

  return {
    begin: () => questions.begin(),
    end: () => questions.end(),
    look() {
      look();
      live.look();
      instances.look();
    },
    picture: () => ({
      node,
      unreachable: null,
      atMs: clock.wallMs(),
      status: ownPicture(service.status(), core.snapshot(), links(), isRedacted),
    }),
    actors: () => [...named].map(([actor, ref]) => entryOf(node, actor, ref, charts)),
    chart: (key) => charts.get(key),
    watch: (actor, tell) => instances.watch(actor, tell) ?? live.watch(actor, tell),
    watchProposals: createProposalsWatch(inspected),
    ask: (question, reply) => questions.ask(question, reply),
  };
}
