/** Where in a trace of the simulator the page stands: a slider over its steps. */
import { useKeys } from '../connection/use-keys.ts';
import type { TracePosition } from '../connection/use-trace.ts';
import { duration, number } from '../model/words.ts';

export function TraceBar({ trace }: Readonly<{ trace: TracePosition }>) {
  const { name, steps, durationMs, step, line, goTo } = trace;
  useKeys({ ',': () => goTo(step - 1), '.': () => goTo(step + 1) });
  return (
    <section class="trace-bar" aria-label="Trace">
      <strong title={`${number(steps)} steps within ${duration(durationMs)}`}>{name}</strong>
      <div class="stepper" role="group" aria-label="Step through the trace">
        <button
          type="button"
          title="The step before (,)"
          disabled={step <= 0}
          onClick={() => goTo(step - 1)}
        >
          ◀ Back
        </button>
        <button
          type="button"
          title="The next step (.)"
          disabled={step >= steps}
          onClick={() => goTo(step + 1)}
        >
          Forth ▶
        </button>
      </div>
      <input
        type="range"
        aria-label="Step"
        min={0}
        max={steps}
        value={step}
        onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
      />
      <span class="number" data-testid="step">
        step {number(step)} of {number(steps)}
      </span>
      <span class="code muted cut">
        {line !== null && line.step === step && `${duration(line.atMs)}  ${line.who}  ${line.said}`}
      </span>
    </section>
  );
}
