/** How many took how long. */
import type { ProposalsPicture } from '../../protocol.ts';
import { duration, number } from '../model/words.ts';

const size = { width: 360, height: 130, bottom: 20 };

export function Histogram({ buckets }: Pick<ProposalsPicture['latency'], 'buckets'>) {
  const used = usedOf(buckets);
  if (used.length === 0)
    return <p class="muted">None was committed since somebody began to look.</p>;
  const highest = Math.max(1, ...used.map(({ count }) => count));
  const step = size.width / used.length;
  const room = size.height - size.bottom - 14;
  const said = used
    .map(({ belowMs, count }) => `${boundary(belowMs)}: ${number(count)}`)
    .join('; ');
  // Each has its own boundary, and not all of them have room for it.
  const every = Math.ceil(used.length / 6);
  return (
    <svg
      class="histogram"
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={`Time to commit: ${said}`}
    >
      {used.map(({ belowMs, count }, nth) => {
        const height = (count / highest) * room;
        return (
          <g key={nth}>
            <title>{`${boundary(belowMs)}: ${number(count)}`}</title>
            <rect
              x={nth * step + 1}
              y={14 + room - height}
              width={Math.max(1, step - 2)}
              height={height}
              rx={2}
            />
            {nth % every === 0 && (
              <text x={nth * step + step / 2} y={size.height - 5}>
                {belowMs === null ? 'more' : `<${duration(belowMs).replace(' ', '')}`}
              </text>
            )}
          </g>
        );
      })}
      <line x1={0} x2={size.width} y1={14 + room + 0.5} y2={14 + room + 0.5} />
    </svg>
  );
}

const boundary = (belowMs: number | null): string =>
  belowMs === null ? 'longer' : `below ${duration(belowMs)}`;

/** Without the empty ones at both ends, but for one. */
function usedOf(buckets: ProposalsPicture['latency']['buckets']) {
  const first = buckets.findIndex(({ count }) => count > 0);
  const last = buckets.findLastIndex(({ count }) => count > 0);
  return first < 0 ? [] : buckets.slice(Math.max(0, first - 1), last + 2);
}
