/** A plain actor and a replica take the same steps, and are compared after each. */
import assert from 'node:assert/strict';
import type { AnyStateMachine } from 'xstate';
import { unreachable } from '../../../machines/protocol/invariant.ts';
import { MachineFailure } from '../../../machines/replica/engine.ts';
import { sent } from './build.ts';
import { Local } from './local.ts';
import type { Step } from './plan.ts';
import { Replicated } from './replicated.ts';

/** Some charts set a deadline of no time whenever one has come. */
const firesPerWaitMax = 8;

export class Run {
  readonly #local: Local;
  readonly #replicated: Replicated;
  /** Called between a step and the comparison. */
  readonly #meanwhile: (replicated: Replicated) => void;
  #nowMs = 0;

  constructor(machine: AnyStateMachine, meanwhile: (replicated: Replicated) => void = () => {}) {
    this.#local = new Local(machine);
    this.#replicated = new Replicated(machine);
    this.#meanwhile = meanwhile;
  }

  all(steps: readonly Step[]): void {
    if (!this.#send(0)) return;
    for (const step of steps) if (!this.#step(step)) return;
  }

  /** False where they have ended. */
  #step(step: Step): boolean {
    switch (step.do) {
      case 'send':
        return this.#send(step.event);
      case 'wait':
        return this.#wait(step.ms);
      case 'say':
        return this.#say(step);
      default:
        return unreachable(step);
    }
  }

  #send(nth: number): boolean {
    const event = { type: sent[nth % sent.length] ?? '' };
    const isBorn = this.#local.status !== 'error';
    const accepted = isBorn && this.#local.send(event);
    if (this.#local.status === 'error') {
      assert.throws(() => this.#replicated.send(event), MachineFailure);
      return false;
    }
    assert.equal(this.#replicated.send(event), accepted);
    return this.#compare();
  }

  #wait(ms: number): boolean {
    this.#nowMs += ms;
    for (let fired = 0; fired < firesPerWaitMax; fired += 1) {
      const dueMs = this.#local.fire(this.#nowMs);
      assert.equal(this.#replicated.fire(this.#nowMs), dueMs);
      if (!this.#compare()) return false;
      if (dueMs === null) return true;
    }
    return true;
  }

  #say({ effect, what }: Extract<Step, { do: 'say' }>): boolean {
    const words = this.#local.words(effect);
    const word = words[what % words.length]?.(what);
    if (word === undefined) return true;
    this.#local.say(word);
    this.#replicated.hear(effect, word);
    return this.#compare();
  }

  #compare(): boolean {
    assert.equal(this.#replicated.status, this.#local.status);
    // What had come of a step before it failed is another matter.
    if (this.#local.status === 'error') return false;
    this.#meanwhile(this.#replicated);
    const [ours, theirs] = [this.#replicated.seen(), this.#local.seen()];
    // To look at each part takes longer than the step.
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) assert.deepEqual(ours, theirs);
    return this.#local.status === 'active';
  }
}
