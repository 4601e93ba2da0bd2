/** The whole log as a line: where the reader is in it, and what lies around. */
import type { EntryPicture } from '../../question-protocol.ts';
import { number } from '../model/words.ts';

type Props = Readonly<{
  first: number;
  commit: number;
  entries: readonly EntryPicture[];
  at: number;
  onChoose: (index: number) => void;
}>;

const width = 1_000;
const height = 34;

export function Timeline({ first, commit, entries, at, onChoose }: Props) {
  const span = Math.max(1, commit - first);
  const xOf = (index: number): number => ((index - first) / span) * (width - 16) + 8;
  return (
    <div class="timeline">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <line class="axis" x1={8} x2={width - 8} y1={17} y2={17} />
        {entries.map(({ index, kind }) => (
          <line
            key={index}
            class={`tick ${kind}`}
            x1={xOf(index)}
            x2={xOf(index)}
            y1={kind === 'event' ? 10 : 13}
            y2={kind === 'event' ? 24 : 21}
          />
        ))}
        <line class="here" x1={xOf(at)} x2={xOf(at)} y1={2} y2={32} />
      </svg>
      <input
        type="range"
        aria-label="Entry of the log"
        aria-valuetext={`entry ${number(at)}`}
        min={first}
        max={Math.max(first, commit)}
        value={at}
        onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
      />
    </div>
  );
}
