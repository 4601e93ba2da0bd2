/** All that the chart says of one state. */
import { useMemo } from 'preact/hooks';
import type { Chart, ChartTransition } from '../../../../machines/protocol/chart.ts';
import { familyOf } from '../../drawing/family.ts';
import { ignores, nearName } from '../../drawing/wording.ts';

type Props = Readonly<{ chart: Chart; state: string; onClose: () => void }>;

export function StateDetails({ chart, state: id, onClose }: Props) {
  const state = useMemo(() => familyOf(chart).get(id)?.state, [chart, id]);
  if (state === undefined) return null;
  const { description, tags, entry, exit, invokes, transitions } = state;
  return (
    <section class="panel" aria-label={`State ${id}`}>
      <header>
        <h3 class="code">{id}</h3>
        <button
          type="button"
          class="quiet"
          aria-label="Close the details of the state"
          onClick={onClose}
        >
          ✕
        </button>
      </header>
      {description !== null && <p>{description}</p>}
      <dl class="facts">
        <Fact name="kind" values={[state.kind.replace('-', ' ')]} />
        <Fact name="tags" values={tags} />
        <Fact name="entry" values={entry} />
        <Fact name="exit" values={exit} />
        <Fact name="runs" values={invokes.map(({ src, id: name }) => `${src} as ${name}`)} />
      </dl>
      {transitions.length > 0 && (
        <ul class="transitions">
          {transitions.map((transition) => (
            <TransitionDetails key={transition.id} transition={transition} from={id} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Fact({ name, values }: Readonly<{ name: string; values: readonly string[] }>) {
  if (values.length === 0) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{values.join(', ')}</dd>
    </>
  );
}

function TransitionDetails({
  transition,
  from,
}: Readonly<{ transition: ChartTransition; from: string }>) {
  const { label, guard, targets, actions, description } = transition;
  return (
    <li>
      <span class="code strong">{label}</span>
      {guard !== null && <span class="guard"> if {guard}</span>}
      {targets.length > 0 && <span> → {targets.map((to) => nearName(to, from)).join(', ')}</span>}
      {ignores(transition) && <span class="muted"> ignored</span>}
      {actions.length > 0 && <span class="muted"> / {actions.join(', ')}</span>}
      {description !== null && <p class="muted">{description}</p>}
    </li>
  );
}
