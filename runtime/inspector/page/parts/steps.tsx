/** The last events of an actor, the newest first; each tells what it did when it is chosen. */
import { useState } from 'preact/hooks';
import type { Chart } from '../../../../machines/protocol/chart.ts';
import type { ActorStep } from '../../protocol.ts';
import { eventName } from '../model/event-names.ts';
import { reasonOf } from '../model/reasons.ts';
import { brief, number, timeOfDay } from '../model/words.ts';
import { VirtualList } from './virtual-list.tsx';

type Props = Readonly<{
  steps: readonly ActorStep[];
  stepCount: number;
  skippedCount: number;
  chart: Chart | null;
}>;

export function Steps({ steps, stepCount, skippedCount, chart }: Props) {
  const [chosen, setChosen] = useState<ActorStep | null>(null);
  const rows = steps.map((step, nth) => ({ step, nth: stepCount - nth }));
  return (
    <section class="panel steps" aria-label="Events">
      <h3>
        Events {stepCount > 0 && <span class="count">{number(stepCount)}</span>}
        {skippedCount > 0 && (
          <span class="badge warn" title="They come faster than anybody reads.">
            {number(skippedCount)} not shown
          </span>
        )}
      </h3>
      {chosen !== null && (
        <div class="chosen-step">
          <p>{reasonOf(chosen.event.type, chosen.explanation, chart).sentence}</p>
          <pre class="code">{JSON.stringify(chosen.event, null, 2)}</pre>
        </div>
      )}
      {rows.length === 0 ? (
        <p class="muted">None yet.</p>
      ) : (
        <VirtualList
          label="Events, the newest first"
          rows={rows}
          rowPx={26}
          keyOf={({ nth }) => nth}
          render={({ step }) => (
            <StepRow step={step} chart={chart} isChosen={step === chosen} onChoose={setChosen} />
          )}
        />
      )}
    </section>
  );
}

function StepRow({
  step,
  chart,
  isChosen,
  onChoose,
}: Readonly<{
  step: ActorStep;
  chart: Chart | null;
  isChosen: boolean;
  onChoose: (step: ActorStep | null) => void;
}>) {
  const { event, explanation, atMs } = step;
  const { type, ...fields } = event;
  const isNothing = explanation.microsteps.length === 0;
  return (
    <button
      type="button"
      class={`row ${isNothing ? 'nothing' : ''}`}
      aria-pressed={isChosen}
      onClick={() => onChoose(isChosen ? null : step)}
    >
      <span class="time">{timeOfDay(atMs)}</span>
      <span class="code strong">{eventName(chart, type)}</span>
      <span class="code muted cut">
        {Object.keys(fields).length === 0 ? '' : brief(fields, 60)}
      </span>
    </button>
  );
}
