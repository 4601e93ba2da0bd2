/** Which node said what to which, for the sake of one entry. */
import { useMemo } from 'preact/hooks';
import type { MessagePicture } from '../../question-protocol.ts';
import { sequenceOf, sequenceSize, type SequenceRow } from '../model/sequence.ts';
import { duration } from '../model/words.ts';

type Props = Readonly<{ members: readonly string[]; messages: readonly MessagePicture[] }>;

export function SequenceDiagram({ members, messages }: Props) {
  const sequence = useMemo(() => sequenceOf(members, messages), [members, messages]);
  if (messages.length === 0) {
    return (
      <p class="muted">
        The nodes remember no messages about it: it is too long ago, or it needed none.
      </p>
    );
  }
  const { width, height, lanes, rows } = sequence;
  return (
    <div class="sequence-wrap" tabIndex={0} role="region" aria-label="Sequence of messages">
      <svg
        class="sequence"
        width={width}
        height={height}
        role="img"
        aria-label={`${messages.length} messages, in order`}
      >
        {lanes.map(({ node, x }) => (
          <g key={node} class="lane">
            <line x1={x} x2={x} y1={sequenceSize.topPx - 8} y2={height - 6} />
            <rect x={x - 34} y={8} width={68} height={26} rx={8} />
            <text x={x} y={25}>
              {node}
            </text>
          </g>
        ))}
        {rows.map((row, nth) => (
          <Row key={nth} row={row} />
        ))}
      </svg>
      <ol class="visually-hidden">
        {messages.map(({ from, to, kind, what }, nth) => (
          <li key={nth}>
            {from} to {to}: {kind} {what}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Row({
  row: { y, fromX, toX, message, sinceFirstMs, tookMs },
}: Readonly<{ row: SequenceRow }>) {
  const isRight = toX > fromX;
  const isLost = message.receivedMs === null && message.sentMs !== null;
  const end = toX + (isRight ? -3 : 3);
  const text = `${message.kind} ${message.what}`.trim();
  const most = Math.floor(Math.abs(toX - fromX) / 6.2);
  return (
    <g class={isLost ? 'message unheard' : 'message'}>
      <title>
        {`${message.from} → ${message.to}: ${text}${tookMs === null ? '' : `, ${duration(tookMs)} by their clocks`}`}
      </title>
      <line x1={fromX} x2={end} y1={y} y2={y} />
      <path
        d="M0 0 -8 -4 -8 4Z"
        transform={`translate(${end} ${y}) rotate(${isRight ? 0 : 180})`}
      />
      <text x={(fromX + toX) / 2} y={y - 5}>
        {text.length > most ? `${text.slice(0, most - 1)}…` : text}
      </text>
      {sinceFirstMs !== null && (
        <text class="since" x={6} y={y + 3}>
          +{duration(sinceFirstMs)}
        </text>
      )}
    </g>
  );
}
