/** Nodes as cards, and between them the link that each dials to each. */
import type { NodePicture } from '../../protocol.ts';
import { isOpen } from '../model/happenings.ts';
import { card, linkBetween, places, type Point } from '../model/ring.ts';
import { hashOf } from '../model/place.ts';
import { number } from '../model/words.ts';
import { classes } from './chart-drawing.tsx';

type Props = Readonly<{
  members: readonly string[];
  nodes: ReadonlyMap<string, NodePicture>;
  /** The one that the page came from. */
  own: string | null;
}>;

const sheet = { width: 780, height: 440 };

export function ClusterDrawing({ members, nodes, own }: Props) {
  const at = places(members, sheet.width, sheet.height);
  const newest = Math.max(1, ...[...nodes.values()].map(({ status }) => status?.lastIndex ?? 0));
  return (
    <svg
      class="cluster-drawing"
      viewBox={`0 0 ${sheet.width} ${sheet.height}`}
      role="group"
      aria-label={`${members.length} nodes and the links between them`}
    >
      {members.flatMap((from) =>
        members
          .filter((to) => to !== from)
          .map((to) => (
            <Link key={`${from} ${to}`} from={from} to={to} at={at} picture={nodes.get(from)} />
          )),
      )}
      {members.map((node) => (
        <NodeCard
          key={node}
          node={node}
          at={at.get(node) ?? { x: 0, y: 0 }}
          picture={nodes.get(node)}
          newest={newest}
          isOwn={node === own}
        />
      ))}
    </svg>
  );
}

type LinkProps = Readonly<{
  from: string;
  to: string;
  at: ReadonlyMap<string, Point>;
  picture: NodePicture | undefined;
}>;

function Link({ from, to, at, picture }: LinkProps) {
  const [one, other] = [at.get(from), at.get(to)];
  if (one === undefined || other === undefined) return null;
  const { start, end } = linkBetween(one, other);
  const link = picture?.status?.links.find(({ peer }) => peer === to);
  const isKnown = link !== undefined && picture?.unreachable === null;
  const state = !isKnown ? 'unknown' : isOpen(link.state) ? 'open' : 'cut';
  const degrees = (Math.atan2(end.y - start.y, end.x - start.x) * 180) / Math.PI;
  const said = isKnown ? link.state : 'not known';
  const why = isKnown && link.trouble !== null ? `: ${link.trouble}` : '';
  const middle = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
  return (
    <a
      href={hashOf({ view: 'charts', actor: `${from}/link/${to}` })}
      class={`cluster-link ${state}`}
      aria-label={`link from ${from} to ${to}: ${said}${why}`}
      data-link={`${from} ${to}`}
      data-state={state}
    >
      <title>{`${from} → ${to}: ${said}${why}`}</title>
      <path class="reach" d={`M${start.x} ${start.y}L${end.x} ${end.y}`} />
      <path class="way" d={`M${start.x} ${start.y}L${end.x} ${end.y}`} />
      <path
        class="tip"
        d="M0 0 -9 -4.5 -9 4.5Z"
        transform={`translate(${end.x} ${end.y}) rotate(${degrees})`}
      />
      {state === 'cut' && (
        <path
          class="cross"
          d="M-6 -6 6 6M6 -6 -6 6"
          transform={`translate(${middle.x} ${middle.y})`}
        />
      )}
    </a>
  );
}

type CardProps = Readonly<{
  node: string;
  at: Point;
  picture: NodePicture | undefined;
  newest: number;
  isOwn: boolean;
}>;

function NodeCard({ node, at, picture, newest, isOwn }: CardProps) {
  const status = picture?.status ?? null;
  const isAway = picture === undefined || picture.unreachable !== null;
  const role = isAway ? 'away' : (status?.role ?? 'away');
  const [x, y] = [at.x - card.width / 2, at.y - card.height / 2];
  return (
    <a
      href={hashOf({ view: 'charts', actor: node })}
      class={classes('node-card', role, status?.quarantined != null && 'quarantined')}
      data-node={node}
      data-role={role}
    >
      <rect class="face" x={x} y={y} width={card.width} height={card.height} rx={12} />
      <text class="name" x={x + 16} y={y + 28}>
        {node}
      </text>
      {isOwn && (
        <text class="own" x={x + 16 + node.length * 11 + 8} y={y + 28}>
          this node
        </text>
      )}
      {role === 'leader' && (
        <path
          class="crown"
          d="M0 12 -2 2 4 6 9 -1 14 6 20 2 18 12Z"
          transform={`translate(${x + card.width - 34} ${y + 15})`}
        />
      )}
      <text class="role" x={x + 16} y={y + 49}>
        {isAway ? 'cannot be reached' : role}
      </text>
      {status !== null && (
        <>
          <text class="term" x={x + card.width - 16} y={y + 49}>
            term {status.term}
          </text>
          <IndexBar
            x={x + 16}
            y={y + 66}
            label="commit"
            value={status.commitIndex}
            newest={newest}
          />
          <IndexBar
            x={x + 16}
            y={y + 90}
            label="applied"
            value={status.appliedIndex}
            newest={newest}
          />
          <text class="lifecycle" x={x + 16} y={y + 121}>
            {status.lifecycle}
            {status.quarantined !== null && ' · set apart'}
          </text>
        </>
      )}
    </a>
  );
}

const barPx = card.width - 32;

type BarProps = Readonly<{ x: number; y: number; label: string; value: number; newest: number }>;

/** Full where it holds all that anybody has. */
function IndexBar({ x, y, label, value, newest }: BarProps) {
  const behind = newest - value;
  const share = behind <= 0 ? 1 : Math.max(0, 1 - behind / lagShown);
  return (
    <>
      <text class="index-label" x={x} y={y + 4}>
        {label}
      </text>
      <text class="index" x={x + barPx} y={y + 4}>
        {number(value)}
        {behind >= 10 && ` (−${number(behind)})`}
      </text>
      <rect class="bar-ground" x={x} y={y + 9} width={barPx} height={3} rx={1.5} />
      <rect
        class={behind >= 500 ? 'bar late' : 'bar'}
        x={x}
        y={y + 9}
        width={barPx * share}
        height={3}
        rx={1.5}
      />
    </>
  );
}

/** So many entries behind, the bar is empty. */
const lagShown = 2_000;
