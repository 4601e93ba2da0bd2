/** The lines of a trace, as the simulator told them; choosing one goes to its step. */
import { useEffect, useState } from 'preact/hooks';
import type { TraceLinePicture } from '../../trace/trace-words.ts';
import { useAnswer } from '../connection/use-feed.ts';
import type { TracePosition } from '../connection/use-trace.ts';
import { number } from '../model/words.ts';
import { VirtualList } from '../parts/virtual-list.tsx';

const pageSize = 400;
const noLines: readonly TraceLinePicture[] = [];

export function TraceView({ trace }: Readonly<{ trace: TracePosition }>) {
  const { step, steps, goTo } = trace;
  const [search, setSearch] = useState('');
  const [from, setFrom] = useState(() => pageAround(step, steps));
  const { answer, problem } = useAnswer(`${from} ${search}`, (feed) =>
    feed.ask<'lines'>({ type: 'lines', from, limit: pageSize, ...(search !== '' && { search }) }),
  );
  const lines = answer?.lines ?? noLines;
  useEffect(() => {
    // Whoever steps out of what is shown sees what is around; whoever searches stays.
    if (search === '' && (step < from || step >= from + pageSize)) setFrom(pageAround(step, steps));
  }, [step]);
  return (
    <div class="log-view">
      <header class="view-bar">
        <h2>Trace</h2>
        <input
          type="search"
          aria-label="Lines that contain"
          placeholder="Lines that contain…"
          value={search}
          onInput={({ currentTarget }) => {
            setSearch(currentTarget.value);
            setFrom(currentTarget.value === '' ? pageAround(step, steps) : 1);
          }}
        />
        <div class="stepper" role="group" aria-label="Page through the lines">
          <button
            type="button"
            disabled={from <= 1}
            onClick={() => setFrom(Math.max(1, from - pageSize))}
          >
            Earlier lines
          </button>
          <button
            type="button"
            disabled={(answer?.next ?? null) === null}
            onClick={() => setFrom(answer?.next ?? from)}
          >
            Later lines
          </button>
        </div>
        {problem !== null && (
          <span class="problem" role="alert">
            {problem}
          </span>
        )}
      </header>
      <section class="panel grows" aria-label="Lines">
        <VirtualList
          key={answer?.lines[0]?.step}
          label="Lines of the trace, in order"
          rows={lines}
          rowPx={26}
          chosen={step}
          keyOf={(line) => line.step}
          render={(line) => <Line line={line} isChosen={line.step === step} onChoose={goTo} />}
        />
      </section>
    </div>
  );
}

const pageAround = (step: number, steps: number): number =>
  Math.max(1, Math.min(step - pageSize / 2, steps - pageSize + 1));

type LineProps = Readonly<{
  line: TraceLinePicture;
  isChosen: boolean;
  onChoose: (step: number) => void;
}>;

function Line({ line: { step, atMs, who, said }, isChosen, onChoose }: LineProps) {
  return (
    <button
      type="button"
      class="row trace-row"
      aria-pressed={isChosen}
      title={said}
      onClick={() => onChoose(step)}
    >
      <span class="number">{number(step)}</span>
      <span class="number muted">{atMs.toFixed(3)} ms</span>
      <span class="code strong">{who}</span>
      <span class="code cut">{said}</span>
    </button>
  );
}
