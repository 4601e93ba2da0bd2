/** A chart with its actor in it: the drawing, why the last event did what it did, and the details. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Chart } from '../../../../machines/protocol/chart.ts';
import type { Detail } from '../../drawing/lines.ts';
import type { Drawing } from '../../drawing/shapes.ts';
import { statesIn } from '../drawings.ts';
import type { Stand } from '../../protocol.ts';
import type { Difference } from '../../question-protocol.ts';
import { useDrawings } from '../connection/use-drawings.ts';
import type { Reason } from '../model/reasons.ts';
import { focusesOf } from '../model/focus.ts';
import { Canvas } from './canvas.tsx';
import { ChartDrawing } from './chart-drawing.tsx';
import { Countdowns } from './countdowns.tsx';
import { ReasonLine } from './reason-line.tsx';
import { StandDetails } from './stand-details.tsx';
import { StateDetails } from './state-details.tsx';

type Props = Readonly<{
  label: string;
  chartKey: string;
  chart: Chart;
  stand: Stand | null;
  heardAtMs: number;
  differences: readonly Difference[];
  reason: Reason | null;
  /** Below the details. */
  children?: ComponentChildren;
  /** Above the drawing. */
  toolbar?: ComponentChildren;
}>;

export function Stage(props: Props) {
  const { label, chartKey, chart, stand, heardAtMs, reason, children, toolbar } = props;
  const [wanted, setWanted] = useState<Detail | null>(null);
  const detail = wanted ?? (statesIn(chart.root) > manyStates ? 'brief' : 'full');
  const { drawing, problem } = useDrawing(chartKey, chart, detail);
  const [selected, setSelected] = useState<string | null>(null);
  const activeNames = (stand?.active ?? []).join(' ');
  const active = useMemo(() => new Set(stand?.active), [activeNames]);
  const taken = useMemo(() => new Set(reason?.taken), [reason]);
  const refused = useMemo(() => new Set(reason?.refused), [reason]);
  const focuses = useMemo(
    () => (drawing === null ? [] : focusesOf(drawing, active)),
    [drawing, active],
  );
  return (
    <div class="stage">
      <div class="stage-main">
        <div class="stage-bar">
          {toolbar}
          <span class="spacer" />
          <label class="check">
            <input
              type="checkbox"
              checked={detail === 'full'}
              onChange={({ currentTarget }) => setWanted(currentTarget.checked ? 'full' : 'brief')}
            />{' '}
            Notes and actions
          </label>
        </div>
        {drawing === null ? (
          <p class="canvas muted centred" role="status">
            {problem ?? 'Laying out the chart…'}
          </p>
        ) : (
          <Canvas
            label={`Chart of ${label}`}
            area={{ x: 0, y: 0, width: drawing.width, height: drawing.height }}
            focuses={focuses}
            selected={drawing.boxes.find(({ state }) => state === selected) ?? null}
          >
            <ChartDrawing
              drawing={drawing}
              active={active}
              taken={taken}
              refused={refused}
              selected={selected}
              onSelect={setSelected}
            />
            <Countdowns drawing={drawing} timers={stand?.timers ?? []} heardAtMs={heardAtMs} />
          </Canvas>
        )}
        <ReasonLine reason={reason} />
      </div>
      <aside class="stage-side" tabIndex={0} aria-label={`Details of ${label}`}>
        {selected !== null && (
          <StateDetails chart={chart} state={selected} onClose={() => setSelected(null)} />
        )}
        <StandDetails
          chart={chart}
          stand={stand}
          heardAtMs={heardAtMs}
          differences={props.differences}
        />
        {children}
      </aside>
    </div>
  );
}

const manyStates = 14;

type Drawn = Readonly<{ drawing: Drawing | null; problem: string | null }>;

function useDrawing(key: string, chart: Chart, detail: Detail): Drawn {
  const drawings = useDrawings();
  const [drawn, setDrawn] = useState<Drawn & { key: string }>({
    key,
    drawing: null,
    problem: null,
  });
  useEffect(() => {
    let isWanted = true;
    drawings.of(key, chart, detail).then(
      (drawing) => isWanted && setDrawn({ key, drawing, problem: null }),
      (error: unknown) => {
        const problem = `The chart could not be laid out: ${String(error)}`;
        if (isWanted) setDrawn({ key, drawing: null, problem });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [drawings, key, chart, detail]);
  // Another chart's drawing is no drawing of this one.
  return drawn.key === key ? drawn : { drawing: null, problem: null };
}
