/** The instances that one client follows as they change, through the library that is shipped. */
import { QuorateError } from '../../../machines/protocol/errors.ts';
import type { Chance } from '../../world/random.ts';
import type { SimulatedClient } from '../../world/sockets/client.ts';
import type { World } from '../../world/world.ts';
import type { Book } from '../book.ts';
import type { Load } from '../workload/load.ts';

const watchesMax = 4;
/** Of the times that it is asked to. */
const begins = 0.15;
const ends = 0.02;
/** Of those that begin: whoever goes must not take others along who follow the same. */
const company = 0.6;

export class Watches {
  readonly #name: string;
  readonly #client: SimulatedClient;
  readonly #world: World;
  readonly #book: Book;
  readonly #dice: Chance;
  readonly #open = new Set<AbortController>();
  #begun = 0;

  constructor(name: string, client: SimulatedClient, world: World, book: Book, dice: Chance) {
    this.#name = name;
    this.#client = client;
    this.#world = world;
    this.#book = book;
    this.#dice = dice;
  }

  /** Now and then it takes to one, or leaves one. */
  maybe(load: Load, key: string): void {
    if (this.#open.size > 0 && this.#dice.happens(ends)) this.#dice.pick([...this.#open]).abort();
    if (this.#open.size >= watchesMax || !this.#dice.happens(begins)) return;
    const known = [...(this.#book.watched.get(load) ?? [])];
    const isInCompany = known.length > 0 && this.#dice.happens(company);
    this.#follow(load, isInCompany ? this.#dice.pick(known) : key);
  }

  /** Leaves these, so many of all. */
  leave(share: number): void {
    for (const watch of this.#open) if (this.#dice.happens(share)) watch.abort();
  }

  #follow(load: Load, key: string): void {
    const watch = new AbortController();
    this.#open.add(watch);
    this.#book.watch(load, key);
    this.#begun += 1;
    const who = `${this.#name}, watch ${this.#begun}`;
    const machine = load.name;
    const afterIndex = this.#dice.happens(0.5) ? 0 : null;
    const instance = `${machine}/${key}`;
    const subscriber = this.#world.witness.subscribed(who, instance, afterIndex);
    const watcher = {
      seen: ({ index, snapshot, resync, event }: SeenState): void => {
        // The state that it begins with, or begins with anew, is of no event of its own.
        subscriber.shown(index, snapshot, resync === true || event === undefined);
      },
      interrupted: () => {},
      signal: watch.signal,
    };
    const ended = (): void => {
      this.#open.delete(watch);
      subscriber.over();
    };
    watch.signal.addEventListener('abort', ended);
    this.#client.watch({ machine, key, afterIndex }, watcher).then(ended, (error: unknown) => {
      if (!(error instanceof QuorateError))
        this.#world.find('no defect', `${who}: ${String(error)}`);
      ended();
    });
  }
}

type SeenState = Parameters<Parameters<SimulatedClient['watch']>[1]['seen']>[0];
