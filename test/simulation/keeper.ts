/**
 * Brings processes back, as `quorate start` or an operating system would: a little after they
 * went, again and again. Not those that a fault keeps down, nor those whose disk was found damaged.
 */
import { QuorateError } from '../../machines/protocol/errors.ts';
import type { NodeId } from '../../machines/protocol/ids.ts';
import type { Chance } from '../world/random.ts';
import type { World } from '../world/world.ts';

export class Keeper {
  /** Nodes that refused to come up because what they found on disk had changed. */
  readonly damaged = new Set<NodeId>();
  readonly #world: World;
  readonly #dice: Chance;
  readonly #held = new Map<NodeId, number>();
  readonly #suspects = new Set<NodeId>();
  #restartMs: number;

  constructor(world: World, dice: Chance, restartMs: number) {
    this.#world = world;
    this.#dice = dice;
    this.#restartMs = restartMs;
    world.onDown = (node, cause) => {
      if (isDamage(cause)) this.#examine(node, cause);
      this.#soon(node);
    };
  }

  /** Stays down until the function returned is called, if nobody else holds it down then. */
  holdDown(node: NodeId): () => void {
    this.#held.set(node, (this.#held.get(node) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#held.set(node, (this.#held.get(node) ?? 0) - 1);
      this.#soon(node);
    };
  }

  /** Its disk has been tampered with: it may come up as if nothing was, or say so and stay down. */
  mayBeDamaged(node: NodeId): void {
    this.#suspects.add(node);
  }

  /** The storm is over: whoever can come up comes up at once. */
  calm(): void {
    this.#restartMs = 50;
    this.#held.clear();
    for (const member of this.#world.members) this.#soon(member);
  }

  #examine(node: NodeId, cause: unknown): void {
    if (!this.#suspects.has(node)) {
      this.#world.find('recovery', `${node} takes its disk for damaged: ${String(cause)}`);
    }
    this.damaged.add(node);
  }

  #soon(node: NodeId): void {
    const delayMs = 1 + this.#dice.fraction() * this.#restartMs;
    this.#world.after(delayMs, () => {
      const isHeld = (this.#held.get(node) ?? 0) > 0;
      if (!isHeld && !this.damaged.has(node)) this.#world.boot(node);
    });
  }
}

const isDamage = (cause: unknown): boolean =>
  cause instanceof QuorateError && cause.code === 'storage-corrupt';
