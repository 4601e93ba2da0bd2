/**
 * People who come in a crowd when something goes wrong, some a moment before it and some while it
 * lasts. Each asks one node one thing about what all of them talk about, and never again: what he
 * is told is all that is ever said about it.
 */
import { chance } from '../../world/random.ts';
import type { World } from '../../world/world.ts';
import type { Book } from '../book.ts';
import type { Fault } from '../faults/fault.ts';
import type { Rounds } from '../rounds.ts';
import type { Load } from '../workload/load.ts';

export type Place = Readonly<{
  world: World;
  book: Book;
  rounds: Rounds;
  loads: readonly Load[];
}>;

const timeoutsMs = [100, 500, 2_000] as const;
const earlyMs = 20;
const lateMs = 500;
const firstEvent = 3_000_000;

export function bringCrowd(place: Place, people: number, { id, atMs, forMs }: Fault): void {
  const { world, loads } = place;
  const dice = chance(world.seed, `crowd ${id}`);
  const load = dice.pick(loads);
  const key = `crowd ${id}`;
  for (let person = 0; person < people; person += 1) {
    const isEarly = dice.happens(0.5);
    const span = isEarly ? earlyMs : Math.min(forMs, lateMs);
    const comesMs = atMs + dice.fraction() * span - (isEarly ? earlyMs : 0);
    const node = dice.fraction();
    const timeoutMs = dice.pick(timeoutsMs);
    const event = load.draw(dice, firstEvent + id * people + person);
    const isReader = dice.happens(0.4);
    world.after(Math.max(1, comesMs), () => {
      const up = world.members.filter((member) => world.isUp(member));
      const asked = up[Math.floor(node * up.length)];
      if (asked === undefined) return;
      const who = `person ${person} of crowd ${id}`;
      if (isReader) read(place, { who, node: asked, load, key, timeoutMs });
      else propose(place, { who, node: asked, load, key, timeoutMs }, event);
    });
  }
}

type Question = Readonly<{
  who: string;
  node: string;
  load: Load;
  key: string;
  timeoutMs: number;
}>;

function propose(
  { world, book, rounds }: Place,
  { who, node, load, key, timeoutMs }: Question,
  event: ReturnType<Load['draw']>,
): void {
  const id = world.newId();
  const operation = book.propose(load, key, who, event, id);
  const ended = rounds.asked(node, `proposal ${id}`, timeoutMs);
  world.propose(node, event, {
    machine: load.name,
    key,
    id,
    timeoutMs,
    over: ({ outcome }) => {
      ended();
      if (outcome?.end === 'committed') operation.committed(outcome);
      else operation[outcome?.end ?? 'unknown']();
    },
  });
}

function read({ world, book, rounds }: Place, { who, node, load, key, timeoutMs }: Question): void {
  const operation = book.read(load, key, who);
  const ended = rounds.asked(node, `a read of ${load.name}/${key}`, timeoutMs);
  world.read(node, {
    machine: load.name,
    key,
    timeoutMs,
    over: ({ answer }) => {
      ended();
      if (answer === null || 'end' in answer) operation.unknown();
      else operation.read(answer);
    },
  });
}
