/** One real node, `a`, among puppets: the test says every word that it hears. */
import type { MessageKind, MessageOf } from '../../machines/protocol/messages.ts';
import { nodeId, toTerm } from '../../machines/protocol/ids.ts';
import { preVoteGranted, voteGranted } from './messages.ts';
import type { Puppet } from './wires.ts';
import { World, type WorldOptions } from './world.ts';

export type Lone = Readonly<{
  world: World;
  /** By name: `b`, `c`, … */
  puppets: Readonly<Record<string, Puppet>>;
}>;

type Past = Readonly<{
  /** The terms of the entries that it wakes with. */
  log?: readonly number[];
  term?: number;
  votedFor?: string | null;
}>;

export async function lone(
  { log = [], term = log.at(-1) ?? 0, votedFor = null }: Past = {},
  options: WorldOptions = {},
): Promise<Lone> {
  const world = new World(options);
  if (term > 0) {
    const vote = votedFor === null ? null : nodeId(votedFor);
    await world.write('a', log, { term: toTerm(term), votedFor: vote });
  }
  const others = world.members.filter((member) => member !== 'a');
  const puppets = Object.fromEntries(others.map((other) => [other, world.puppet(other)]));
  await world.start('a');
  await world.run(0);
  return { world, puppets };
}

/** What a puppet has been told of this kind, in order. */
export const toldOf = <Kind extends MessageKind>(
  { heard }: Puppet,
  kind: Kind,
): readonly MessageOf<Kind>[] =>
  heard.map(({ message }) => message).filter((m): m is MessageOf<Kind> => m.kind === kind);

/** Puppets vote for `a` until it leads; the term in which it does. */
export async function crown({ world, puppets }: Lone): Promise<number> {
  const voters = Object.values(puppets);
  const answered = new Set<object>();
  await world.runUntil(() => {
    for (const voter of voters) {
      for (const { message } of voter.heard) {
        if (answered.has(message)) continue;
        answered.add(message);
        if (message.kind === 'preVoteRequest') voter.say('a', preVoteGranted(message.term));
        if (message.kind === 'voteRequest') voter.say('a', voteGranted(message.term));
      }
    }
    return world.statusOf('a').role === 'leader';
  }, 5_000);
  return world.statusOf('a').term;
}

/** What a node knows; for tests that compare it before and after. */
export function knowledge({ world }: Lone) {
  const { hardState, commitIndex } = world.core('a').snapshot().context;
  const terms = world.termsOf('a');
  const { role } = world.statusOf('a');
  return { ...hardState, terms, lastIndex: terms.length, commitIndex, role };
}
