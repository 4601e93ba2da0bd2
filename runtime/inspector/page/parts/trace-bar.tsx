/** Where in a trace of the simulator the page stands. */
import type { Welcome } from '../../protocol.ts';
import { count, duration } from '../model/words.ts';

type Props = Readonly<{ trace: NonNullable<Welcome['trace']> }>;

export function TraceBar({ trace: { name, steps, durationMs } }: Props) {
  return (
    <section class="trace-bar" aria-label="Trace">
      <strong>{name}</strong>
      <span class="muted">
        a trace of {count(steps, 'step')} within {duration(durationMs)}
      </span>
    </section>
  );
}
