/** A plain XState actor with its clock and its effects in our hands. */
import { createActor, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { onStage, type Stage, type Word } from './effects.ts';
import { shownFrom } from './seen.ts';

type Alarm = { dueMs: number; set: number; ring: () => void };

export type Seen = Readonly<Record<string, unknown>>;

export class Local {
  readonly #actor: ReturnType<typeof createActor>;
  readonly #shown: (value: unknown) => unknown;
  readonly #stage: Stage = { running: [], told: [], acted: [] };
  #nowMs = 0;
  #set = 0;
  #alarms: Alarm[] = [];
  #emitted: unknown[] = [];
  #logged: unknown[] = [];

  constructor(machine: AnyStateMachine) {
    this.#actor = createActor(machine, {
      clock: {
        setTimeout: (ring: () => void, delayMs: number) => {
          const alarm = { dueMs: this.#nowMs + Math.max(0, delayMs), set: this.#set++, ring };
          this.#alarms.push(alarm);
          return alarm;
        },
        clearTimeout: (alarm: unknown) => {
          this.#alarms = this.#alarms.filter((each) => each !== alarm);
        },
      },
      logger: (...said: unknown[]) =>
        this.#logged.push(
          said.length > 1
            ? { label: said[0], value: said[1] }
            : { label: undefined, value: said[0] },
        ),
    });
    this.#actor.on('*', (event) => this.#emitted.push(event));
    this.#actor.subscribe({ error: () => {} });
    this.#shown = shownFrom(this.#actor.sessionId);
    onStage(this.#stage, () => this.#actor.start());
  }

  get #snapshot(): AnyMachineSnapshot {
    return this.#actor.getSnapshot() as AnyMachineSnapshot;
  }

  get status(): string {
    return this.#snapshot.status;
  }

  /** Whether it took the event. */
  send(event: MachineEvent): boolean {
    const before = this.#snapshot;
    onStage(this.#stage, () => this.#actor.send(event));
    return this.#snapshot !== before || (before.status === 'active' && before.can(event));
  }

  /** The next one that is due, fired; null if none is. */
  fire(untilMs: number): number | null {
    const [next] = this.#alarms.toSorted((a, b) => a.dueMs - b.dueMs || a.set - b.set);
    if (next === undefined || next.dueMs > untilMs) {
      this.#nowMs = untilMs;
      return null;
    }
    this.#nowMs = next.dueMs;
    this.#alarms = this.#alarms.filter((each) => each !== next);
    onStage(this.#stage, next.ring);
    return next.dueMs;
  }

  words(nth: number): readonly ((value: number) => Word)[] {
    return this.#stage.running[nth]?.words ?? [];
  }

  say({ say }: Word): void {
    onStage(this.#stage, say);
  }

  seen(): Seen {
    const { told, acted } = this.#stage;
    const isOver = this.status !== 'active';
    const running = isOver ? [] : this.#stage.running;
    const dues = isOver ? [] : this.#alarms.map(({ dueMs, set }) => [dueMs, set] as const);
    return {
      // An instance that is over forgets its children, what still rings and what still runs.
      snapshot: this.#shown(isOver ? { ...this.#snapshot, children: {} } : this.#snapshot),
      emitted: this.#shown(this.#emitted.splice(0)),
      logged: this.#shown(this.#logged.splice(0)),
      timers: dues.toSorted(([a, x], [b, y]) => a - b || x - y).map(([dueMs]) => dueMs),
      running: running.map(({ label, id, session, input }) =>
        this.#shown({ label, id, session, given: input }),
      ),
      // Whoever ends within the step is told no more.
      told: this.#shown(
        told.splice(0).filter((one) => running.some(({ session }) => session === one.session)),
      ),
      acted: this.#shown(acted.splice(0)),
    };
  }
}
