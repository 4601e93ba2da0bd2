/** What a simulated client does, over and over, until it is told to stop. */
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import type { Consistency } from '../../../runtime/service.ts';
import type { Chance } from '../../world/random.ts';
import type { World } from '../../world/world.ts';
import type { Book } from '../book.ts';
import type { Rounds } from '../rounds.ts';
import type { Load } from '../workload/load.ts';

/** Each resolves once the operation has come to an end, and that stands in the book. */
export type Client = Readonly<{
  propose(load: Load, key: string, event: MachineEvent): Promise<void>;
  read(load: Load, key: string, consistency: Consistency): Promise<void>;
  /** Leaves some of what it watches. */
  unwatch(share: number): void;
  /** It goes: no more is asked, and nothing watched. */
  close(): void;
}>;

export type Surroundings = Readonly<{
  name: string;
  world: World;
  book: Book;
  rounds: Rounds;
  dice: Chance;
  timeoutMs: number;
}>;

export type Habits = Readonly<{ thinkMs: number; loads: readonly Load[] }>;

const consistencies = ['linearizable', 'linearizable', 'lease', 'local'] as const;
/** Short lives of keys keep the search for an order short. */
const eventsPerKey = 40;

/** What all clients of a universe have in common. */
export class Tasks {
  isOver = false;
  #events = 0;

  next(): { nth: number; key: string } {
    this.#events += 1;
    const nth = this.#events;
    return { nth, key: `k${Math.floor(nth / eventsPerKey)}${nth % 2 === 0 ? 'a' : 'b'}` };
  }
}

export async function keepAsking(
  client: Client,
  { thinkMs, loads }: Habits,
  tasks: Tasks,
  world: World,
  dice: Chance,
): Promise<void> {
  for (;;) {
    await world.sleep(dice.fraction() * 2 * thinkMs);
    if (tasks.isOver) return;
    const load = dice.pick(loads);
    const { nth, key } = tasks.next();
    if (dice.happens(0.7)) await client.propose(load, key, load.draw(dice, nth));
    else await client.read(load, key, dice.pick(consistencies));
  }
}
