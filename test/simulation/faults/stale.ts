/**
 * A network that keeps copies. Whatever was once said may be heard again as late as one likes
 * (only within a connection does TCP rule that out), so answers that were true when they were given
 * come to somebody who has asked something else since.
 */
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { Message, MessageKind } from '../../../machines/protocol/messages.ts';
import type { World } from '../../world/world.ts';
import type { Relief, Strike } from './fault.ts';
import { leaderOf, leaveBehind } from './office.ts';

/** What a question is answered with. */
const answers: Partial<Record<MessageKind, MessageKind>> = {
  voteRequest: 'voteGranted',
  append: 'appendAccepted',
  heartbeat: 'heartbeatAck',
};
const lookAgainMs = 20;
/** Written in vain, so that more is than the others write meanwhile. */
const idleEntries = 30;
/** Given up soon, or the next one would be asked to write them. */
const idleMs = 50;
const cluster = { machine: 'lifecycle', key: 'cluster' };
const areKept: ReadonlySet<MessageKind> = new Set(Object.values(answers));
export class Echoes {
  readonly #world: World;
  readonly #kept = new Map<string, Message[]>();
  readonly #asking = new Map<Relief, NodeId | null>();

  /** Keeps copies from now on. Where TCP carries all that is said, there are none. */
  constructor(world: World, areThere: boolean) {
    this.#world = world;
    if (!areThere) return;
    const { onSent } = world;
    world.onSent = (from, to, message) => {
      onSent(from, to, message);
      if (areKept.has(message.kind)) this.#keep(from, to, message);
      else if (this.#asking.size > 0) this.#answer(from, to, message);
    };
  }

  /** From now on this node's questions, or everybody's, are answered by old answers, too. */
  begin(node: NodeId | null): Relief {
    const end = (): void => void this.#asking.delete(end);
    this.#asking.set(end, node);
    return end;
  }

  #keep(from: string, to: string, message: Message): void {
    const way = `${from} ${to} ${message.kind}`;
    const kept = this.#kept.get(way);
    if (kept === undefined) this.#kept.set(way, [message]);
    else kept.push(message);
  }

  #answer(asking: string, asked: string, question: Message): void {
    const kind = answers[question.kind];
    const isHeard = [...this.#asking.values()].some((node) => node === null || node === asking);
    if (kind === undefined || !isHeard) return;
    const { chronicle } = this.#world;
    const kept = this.#kept.get(`${asked} ${asking} ${kind}`) ?? [];
    // Of each term the last will do: the others say less.
    const lastOfTerm = new Map(
      kept.filter((answer) => isOld(answer, question)).map((answer) => [answer.term, answer]),
    );
    for (const answer of lastOfTerm.values()) {
      chronicle.steps += 1;
      if (chronicle.isRead) {
        chronicle.tell(asking, `hears again what ${asked} said: ${kind} t${answer.term}`);
      }
      this.#world.repeat(asked, asking, answer);
    }
  }
}

/** Of an earlier term, or of an earlier round; but such that it would do for an answer to this. */
function isOld(answer: Message, question: Message): boolean {
  if (answer.kind !== 'heartbeatAck' || question.kind !== 'heartbeat') {
    return answer.term < question.term;
  }
  return answer.term === question.term
    ? answer.round < question.round
    : answer.term < question.term && answer.round === question.round;
}

/** What is done as soon as something is so, unless the fault is over before. */
class Turns {
  readonly #world: World;
  #isOver = false;

  constructor(world: World) {
    this.#world = world;
  }

  when(isSo: () => boolean, act: () => void): void {
    if (this.#isOver) return;
    if (isSo()) act();
    else this.#world.after(lookAgainMs, () => this.when(isSo, act));
  }

  end(): void {
    this.#isOver = true;
  }
}

const isEstablished = (world: World, node: NodeId): boolean =>
  leaderOf(world) === node &&
  world
    .core(node)
    .snapshot()
    .matches({ role: { leader: { office: 'established' } } });

export const staleFaults = {
  echo: ({ echoes }) => echoes.begin(null),
  /** It is cut off, and hears nothing but what it was told before; meanwhile another is elected. */
  'leader among echoes'({ world, ways, echoes }) {
    const leader = leaderOf(world);
    if (leader === null) return null;
    const mend = leaveBehind(world, ways, [leader]);
    const end = echoes.begin(leader);
    return () => {
      mend();
      end();
    };
  },
  /**
   * The same to one that has just handed over its office, and has been given it back: what it was
   * told in its earlier reign may pass for answers now.
   */
  'leader again among echoes'({ world, ways, echoes }, { dice }) {
    const leader = leaderOf(world);
    const others = world.members.filter((member) => member !== leader && world.isUp(member));
    if (leader === null || others.length === 0) return null;
    const between = dice.pick(others);
    let reliefs: readonly Relief[] = [];
    const turns = new Turns(world);
    world.transfer(leader, between);
    turns.when(
      () => isEstablished(world, between),
      () => {
        world.transfer(between, leader);
        turns.when(
          () => isEstablished(world, leader),
          () => {
            reliefs = [leaveBehind(world, ways, [leader]), echoes.begin(leader)];
          },
        );
      },
    );
    return () => {
      turns.end();
      for (const relief of reliefs) relief();
    };
  },
  /**
   * With all that make no majority it is left behind, and they write what is never committed. The
   * next one hands the office back to it: what they said of their logs before is not true any more.
   */
  'back in office'({ world, ways, echoes }, { dice }) {
    const leader = leaderOf(world);
    if (leader === null) return null;
    const others = dice.shuffled(world.members.filter((member) => member !== leader));
    const minority = world.members.length - Math.floor(world.members.length / 2) - 1;
    const mend = leaveBehind(world, ways, [leader, ...others].slice(0, minority));
    const end = echoes.begin(leader);
    for (let idle = 0; idle < idleEntries; idle += 1) {
      world.propose(leader, { type: 'IDLE' }, { ...cluster, timeoutMs: idleMs });
    }
    const turns = new Turns(world);
    const next = (): NodeId | null => {
      const leads = leaderOf(world);
      return leads === leader ? null : leads;
    };
    const follows = (): boolean => world.isUp(leader) && world.statusOf(leader).leader === next();
    turns.when(
      () => next() !== null,
      () => {
        mend();
        turns.when(
          () => next() !== null && follows(),
          () => world.transfer(next() ?? leader, leader),
        );
      },
    );
    return () => {
      turns.end();
      mend();
      end();
    };
  },
} satisfies Record<string, Strike>;
