/**
 * The clock, the dice and the time zone of this process, under our hand for as long as one call
 * takes. Between the steps that are watched, and behind the call, they are what they always were.
 */
import nodeCrypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type {
  Circumstances,
  Look,
  Surroundings,
} from '../../machines/replica/exercise-surroundings.ts';
import { alteredClock, alteredDice, zoneOf } from './altered-values.ts';
import { alterDates } from './altered-dates.ts';
import { placeOfCaller } from './place-of-caller.ts';

/** A step that is being watched: what is shown to it, and who looked. */
export type Watched = Readonly<{
  clock: ReturnType<typeof alteredClock>;
  dice: ReturnType<typeof alteredDice>;
  zone: number;
  looks: Look[];
}>;

export type Alteration = Readonly<{
  /** Somebody looks; null where nobody is being watched. */
  look(at: Look['at'], call: string): Watched | null;
  /** Puts something in the place of a member, until all is over. */
  replace(owner: object, name: string, value: unknown): void;
}>;

/** Nothing of it must outlive `run`, which therefore cannot wait for anything. */
export function inAlteredWorld<Result>(
  isEnough: () => boolean,
  run: (surroundings: Surroundings) => Result,
): Result {
  let watched: Watched | null = null;
  const undo: (() => void)[] = [];
  const zone = ownZone();

  const alteration: Alteration = {
    look(at, call) {
      if (watched === null) return null;
      watched.looks.push({ at, call, place: placeOfCaller() });
      if (at === 'zone') zone.show(watched.zone);
      return watched;
    },
    replace(owner, name, value) {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      if (before?.configurable === false) return;
      Object.defineProperty(owner, name, { value, configurable: true, writable: true });
      undo.push(() => {
        if (before === undefined) Reflect.deleteProperty(owner, name);
        else Object.defineProperty(owner, name, before);
      });
    },
  };

  const within = <Stepped>(circumstances: Circumstances, step: () => Stepped) => {
    const looks: Look[] = [];
    watched = {
      clock: alteredClock(circumstances.clock),
      dice: alteredDice(circumstances.dice),
      zone: circumstances.zone,
      looks,
    };
    try {
      return { result: step(), looks };
    } finally {
      watched = null;
    }
  };

  try {
    alterDates(alteration);
    alterClocks(alteration);
    alterDice(alteration);
    // For whoever has imported them by name.
    syncBuiltinESMExports();
    return run({ within, isEnough });
  } finally {
    for (const restore of undo.toReversed()) restore();
    syncBuiltinESMExports();
    zone.show(0);
  }
}

type AnyFunction = (this: unknown, ...args: never[]) => unknown;

/** `altered` stands in for a function during a watched step, the real one at all other times. */
function alter(
  { look, replace }: Alteration,
  owner: object,
  call: string,
  at: Look['at'],
  altered: (watched: Watched, ...args: never[]) => unknown,
): void {
  const name = call.slice(call.lastIndexOf('.') + 1);
  const real: unknown = Reflect.get(owner, name);
  if (typeof real !== 'function') return;
  const standIn: AnyFunction = function (...args) {
    const watched = look(at, call);
    return watched === null ? (real as AnyFunction).apply(this, args) : altered(watched, ...args);
  };
  replace(owner, name, Object.assign(standIn, real));
}

function alterClocks(alteration: Alteration): void {
  const { hrtime } = process;
  alter(alteration, Date, 'Date.now', 'clock', ({ clock }) => clock.wallMs());
  alter(alteration, performance, 'performance.now', 'clock', ({ clock }) => clock.nowMs());
  alter(alteration, hrtime, 'process.hrtime.bigint', 'clock', ({ clock }) => clock.bigint());
  alter(alteration, process, 'process.hrtime', 'clock', ({ clock }, since?: [number, number]) =>
    clock.hrtime(since),
  );
  alter(alteration, process, 'process.uptime', 'clock', ({ clock }) => clock.nowMs() / 1000);
}

function alterDice(alteration: Alteration): void {
  alter(alteration, Math, 'Math.random', 'dice', ({ dice }) => dice.number());
  for (const owner of [globalThis.crypto, nodeCrypto]) {
    alter(alteration, owner, 'crypto.randomUUID', 'dice', ({ dice }) => dice.uuid());
    alter(alteration, owner, 'crypto.getRandomValues', 'dice', ({ dice }, into: Uint8Array) =>
      dice.fill(into),
    );
  }
  alter(alteration, nodeCrypto, 'crypto.randomBytes', 'dice', ({ dice }, size: number) =>
    dice.fill(Buffer.alloc(size)),
  );
  alter(alteration, nodeCrypto, 'crypto.randomInt', 'dice', ({ dice }, ...bounds: number[]) =>
    dice.integer(...bounds),
  );
}

/** Asking Node for another time zone takes long, so it is done when somebody looks. */
function ownZone() {
  const { TZ: before } = process.env;
  let shown = 0;
  return {
    show(variant: number): void {
      if (variant === shown) return;
      shown = variant;
      if (variant !== 0) process.env.TZ = zoneOf(variant);
      else if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    },
  };
}
