/**
 * One life of one node's process, from start to stop or crash. Whatever is to happen to it passes
 * here: a paused process (SIGSTOP) gets it all in a burst on waking, its timers first, as an
 * event loop would; a dead one gets nothing.
 */
import { proposalId } from '../../machines/protocol/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Chance } from './random.ts';
import type { Moment, Timeline } from './timeline.ts';

type Held = Readonly<{ moment: Moment; isTimer: boolean; run: () => void }>;

/** How a process' clock goes: what it shows at birth, and how fast it runs. */
export type Pace = Readonly<{ originMs: number; rate: number }>;

export type Observer = Readonly<{
  /** Something is about to happen to it. */
  touched: () => void;
  /** It is an alarm of its own, or what it had put off. */
  rang: () => void;
}>;

export class Life {
  readonly clock: Clock;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #held: Held[] = [];
  #jumpedMs = 0;
  readonly #alarms = new Set<Moment>();
  readonly #timeline: Timeline;
  readonly #observer: Observer;

  constructor(
    timeline: Timeline,
    chance: Chance,
    newProposalId: () => string,
    observer: Observer,
    { originMs, rate }: Pace = { originMs: timeline.nowMs, rate: 1 },
  ) {
    this.#timeline = timeline;
    this.#observer = observer;
    const bornMs = timeline.nowMs;
    const nowMs = (): number => originMs + this.#jumpedMs + (timeline.nowMs - bornMs) * rate;
    this.clock = {
      nowMs,
      wallMs: nowMs,
      setTimeout: (ring, delayMs) => {
        const alarm = this.#happen(
          () => {
            this.#alarms.delete(alarm);
            observer.rang();
            ring();
          },
          delayMs / rate,
          true,
        );
        this.#alarms.add(alarm);
        return alarm;
      },
      clearTimeout: (alarm) => {
        if (alarm === null || alarm === undefined) return;
        (alarm as Moment).isOff = true;
        this.#alarms.delete(alarm as Moment);
      },
      soon: (run) => {
        const going = (): void => {
          observer.rang();
          run();
        };
        this.#happen(going, 0, false);
      },
      seed: () => chance.integer(0, 0xffff_ffff),
      newProposalId: () => proposalId(newProposalId()),
    };
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }
  get isDead(): boolean {
    return this.#state === 'dead';
  }

  /** From outside: the network, the disk, a client. */
  happen(run: () => void, delayMs = 0): void {
    this.#happen(run, delayMs, false);
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  wake(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const held = this.#held;
    this.#held = [];
    const inOrder = [...held.filter(({ isTimer }) => isTimer), ...held.filter((h) => !h.isTimer)];
    for (const { moment, run } of inOrder) {
      this.#timeline.add(() => {
        if (!moment.isOff) this.#meet(run);
      }, 0);
    }
  }

  /** Its clock jumps ahead, and what it had set its alarm for is due so much sooner. */
  jump(byMs: number): void {
    this.#jumpedMs += byMs;
    this.#timeline.hasten(this.#alarms, byMs);
  }

  end(): void {
    this.#state = 'dead';
    this.#held = [];
    this.#alarms.clear();
  }

  #happen(run: () => void, delayMs: number, isTimer: boolean): Moment {
    const moment = this.#timeline.add(() => {
      if (this.#state === 'paused') this.#held.push({ moment, isTimer, run });
      else this.#meet(run);
    }, delayMs);
    return moment;
  }

  #meet(run: () => void): void {
    if (this.#state === 'dead') return;
    this.#observer.touched();
    run();
  }
}
