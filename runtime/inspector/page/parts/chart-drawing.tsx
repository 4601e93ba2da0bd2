/** A chart's shapes as SVG, with what its actor is doing in them. */
import { memo } from 'preact/compat';
import type { Arrow, Box, Drawing, WrittenLine } from '../../drawing/shapes.ts';

export type Living = Readonly<{
  active: ReadonlySet<string>;
  /** Transitions of the last step. */
  taken: ReadonlySet<string>;
  /** Those whose guards said no to it. */
  refused: ReadonlySet<string>;
}>;

type Props = Living &
  Readonly<{
    drawing: Drawing;
    selected: string | null;
    onSelect: (state: string) => void;
  }>;

export const ChartDrawing = memo(function ChartDrawing(props: Props) {
  const { drawing, active, taken } = props;
  const isLit = ({ label, id }: Arrow): boolean =>
    taken.size > 0 &&
    label !== null &&
    id !== '' &&
    label.lines.some(({ transitions }) => transitions.some((each) => taken.has(each)));
  const arrows = drawing.arrows.map((arrow) => ({ arrow, isLit: isLit(arrow) }));
  return (
    <>
      {drawing.boxes.map((box) => (
        <StateBox key={box.state} box={box} isActive={active.has(box.state)} {...props} />
      ))}
      {arrows.map(({ arrow, isLit: lit }) => (
        <g key={arrow.id} class={classes('arrow', lit && 'lit', arrow.isInitial && 'initial')}>
          <path class="way" d={arrow.path} />
          <path
            class="tip"
            d="M0 0 -8 -4 -8 4Z"
            transform={`translate(${arrow.tip.x} ${arrow.tip.y}) rotate(${arrow.tip.degrees})`}
          />
        </g>
      ))}
      {drawing.dots.map(({ of, x, y, radius }) => (
        <circle key={of} class="dot" cx={x} cy={y} r={radius} />
      ))}
      {drawing.boxes.map((box) => (
        <Writing key={box.state} box={box} {...props} />
      ))}
      {arrows.map(({ arrow, isLit: lit }) => (
        <ArrowLabel key={arrow.id} arrow={arrow} isLit={lit} {...props} />
      ))}
    </>
  );
});

function StateBox({
  box,
  isActive,
  selected,
  onSelect,
}: Props & Readonly<{ box: Box; isActive: boolean }>) {
  const { state, kind, x, y, width, height, divider } = box;
  const isHistory = kind === 'shallow-history' || kind === 'deep-history';
  return (
    <g
      class={classes(
        'state',
        kind,
        divider === null ? 'leaf' : 'branch',
        box.isRegion && 'region',
        isActive && 'active',
        selected === state && 'selected',
        box.depth % 2 === 1 && 'odd',
      )}
      tabIndex={0}
      role="button"
      aria-pressed={selected === state}
      aria-label={`state ${state}${isActive ? ', active' : ''}`}
      data-state={state}
      onFocus={() => onSelect(state)}
      onClick={() => onSelect(state)}
    >
      <rect x={x} y={y} width={width} height={height} rx={isHistory ? width / 2 : 8} />
      {kind === 'final' && (
        <rect class="inner" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={6} />
      )}
    </g>
  );
}

/** Above the arrows, so that none runs through it. */
function Writing({ box, active, taken, refused }: Props & Readonly<{ box: Box }>) {
  const { title, lines, state, kind, isRegion } = box;
  return (
    <g class={classes('writing', active.has(state) && 'active')} aria-hidden="true">
      <text class="title" x={title.x} y={title.baseline}>
        {title.text}
      </text>
      {(kind === 'parallel' || isRegion) && (
        <text class="mark" x={box.x + box.width - 10} y={title.baseline}>
          {kind === 'parallel' ? '‖' : '⋮'}
        </text>
      )}
      {lines.map((line, nth) => (
        <LineOfText key={nth} line={line} taken={taken} refused={refused} />
      ))}
    </g>
  );
}

function ArrowLabel({
  arrow: { label },
  isLit,
  taken,
  refused,
}: Props & Readonly<{ arrow: Arrow; isLit: boolean }>) {
  if (label === null) return null;
  const { x, y, width, height, lines } = label;
  return (
    <g class={classes('label', isLit && 'lit')} aria-hidden="true">
      <rect x={x} y={y} width={width} height={height} rx={5} />
      {lines.map((line, nth) => (
        <LineOfText key={nth} line={line} taken={taken} refused={refused} />
      ))}
    </g>
  );
}

function LineOfText({
  line,
  taken,
  refused,
}: Readonly<{ line: WrittenLine; taken: Living['taken']; refused: Living['refused'] }>) {
  const { x, baseline, text, full, kind, writing, transitions } = line;
  const isTaken = transitions.some((each) => taken.has(each));
  const isRefused = !isTaken && transitions.some((each) => refused.has(each));
  return (
    <text
      class={classes('line', kind, writing, isTaken && 'taken', isRefused && 'refused')}
      x={x}
      y={baseline}
    >
      {full !== text && <title>{full}</title>}
      {text}
    </text>
  );
}

export const classes = (...names: readonly (string | false | null)[]): string =>
  names.filter((name) => name !== false && name !== null).join(' ');
