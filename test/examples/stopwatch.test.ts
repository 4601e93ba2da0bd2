import { stopwatch } from './charts/stopwatch.ts';
import { examine } from './examine.ts';

type Context = Readonly<{ elapsedMs: number; laps: readonly number[] }>;
const read = ({ context }: { context: unknown }) => context as Context;

examine({
  name: 'a stopwatch',
  machine: () => stopwatch,
  async story({ send, until, wait }) {
    await send({ type: 'RESET' });
    await send({ type: 'START' });
    await until((view) => read(view).elapsedMs >= 300);
    await send({ type: 'LAP' });
    await wait(250);
    await send({ type: 'LAP' });
    await send({ type: 'STOP' });
    await wait(500);
    await send({ type: 'START' });
    await until(({ value }) => value === 'stopped');
  },
  // How far it comes is a matter of when the events arrive.
  outcome: (view) => ({ value: view.value, laps: read(view).laps.length }),
});
