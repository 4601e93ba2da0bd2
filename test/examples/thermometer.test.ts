import { type Reading, thermometer } from './charts/thermometer.ts';
import { examine } from './examine.ts';
import type { Behaviour } from './example.ts';

const day = [18, 24, 31, 35, 33, 34, 36, 29, 31, 22];

/** One reading after another, and no more when the day is over. */
const poll: Behaviour = ({ input, say }, after) => {
  const { everyMs } = input as { everyMs: number };
  const read = (nth: number): void =>
    after(everyMs, () => {
      const celsius = day[nth];
      if (celsius === undefined) return say({ completes: true });
      say({ says: { celsius } satisfies Reading });
      return read(nth + 1);
    });
  read(0);
};

examine({
  name: 'a thermometer',
  machine: (doors) => thermometer.provide({ actors: { poll: doors.observable('poll') } }),
  behaviours: { poll },
  async story({ send, until }) {
    await send({ type: 'BEGIN' });
    await until(({ context }) => (context as Context).statistics.count >= 2);
    await send({ type: 'END' });
    await send({ type: 'FORGET' });
    await send({ type: 'BEGIN' });
    await until(({ context }) => (context as Context).isOver);
  },
  // After a failover the day is read once more.
  outcome: ({ value, context }) => ({ value, highest: (context as Context).statistics.highest }),
});

examine({
  name: 'a thermometer that breaks',
  machine: (doors) => thermometer.provide({ actors: { poll: doors.observable('poll') } }),
  behaviours: {
    poll({ say }, after) {
      after(300, () => say({ says: { celsius: 40 } }));
      after(900, () => say({ fails: new RangeError('the mercury is out') }));
    },
  },
  async story({ send, until }) {
    await send({ type: 'BEGIN' });
    await until(({ context }) => (context as Context).problem !== null);
  },
  outcome: ({ value, context }) => ({ value, problem: (context as Context).problem }),
});

type Context = Readonly<{
  statistics: { count: number; highest: number };
  isOver: boolean;
  problem: string | null;
}>;
