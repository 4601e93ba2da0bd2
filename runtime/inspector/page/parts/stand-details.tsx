/** Where an actor stands: its states, the delays that run, and its context. */
import type { Chart } from '../../../../machines/protocol/chart.ts';
import type { Stand } from '../../protocol.ts';
import type { Difference } from '../../question-protocol.ts';
import { eventName } from '../model/event-names.ts';
import { duration, stateText } from '../model/words.ts';
import { remainingAt, useNow, type Running } from './countdowns.tsx';
import { Tree } from './tree.tsx';

type Props = Readonly<{
  chart: Chart;
  stand: Stand | null;
  heardAtMs: number;
  differences: readonly Difference[];
}>;

export function StandDetails({ chart, stand, heardAtMs, differences }: Props) {
  if (stand === null) return null;
  const { status, value, context, output, error, timers } = stand;
  return (
    <>
      <section class="panel" aria-label="State">
        <h3>State</h3>
        <p class="code state-text" data-testid="state">
          {stateText(value) || 'no chart'}
        </p>
        {status !== 'active' && <p class={`status ${status}`}>{status}</p>}
        {timers.length > 0 && <Timers chart={chart} timers={timers} heardAtMs={heardAtMs} />}
      </section>
      <section class="panel" aria-label="Context">
        <h3>
          Context
          {differences.length > 0 && <span class="count">{differences.length} changed</span>}
        </h3>
        <Tree value={context} differences={differences} />
      </section>
      {output !== undefined && (
        <section class="panel" aria-label="Output">
          <h3>Output</h3>
          <Tree value={{ output }} differences={[]} />
        </section>
      )}
      {error !== undefined && (
        <section class="panel" aria-label="Error">
          <h3>Error</h3>
          <Tree value={{ error }} differences={[]} />
        </section>
      )}
    </>
  );
}

function Timers({ chart, timers, heardAtMs }: Running & Readonly<{ chart: Chart }>) {
  const nowMs = useNow(true);
  return (
    <ul class="timers">
      {timers.map((timer) => (
        <li key={timer.event}>
          <span class="code">{eventName(chart, timer.event)}</span>
          <span class="number">in {duration(remainingAt(nowMs, heardAtMs, timer))}</span>
        </li>
      ))}
    </ul>
  );
}
