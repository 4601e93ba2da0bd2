/** An instance as it was right after one entry; back and forth through its own. */
import { useMemo } from 'preact/hooks';
import type { InstanceAtAnswer } from '../../question-protocol.ts';
import { goQuietly } from '../connection/use-place.ts';
import { useAnswer, usePicture } from '../connection/use-feed.ts';
import { useKeys } from '../connection/use-keys.ts';
import { hashOf } from '../model/place.ts';
import { reasonOf } from '../model/reasons.ts';
import { brief, number } from '../model/words.ts';
import { Stage } from './stage.tsx';

type Props = Readonly<{ machine: string; instance: string; at: number }>;

export function InstancePast({ machine, instance: key, at }: Props) {
  const { answer, problem, progress } = useAnswer(`${machine} ${key} ${at}`, (feed, onProgress) =>
    feed.ask<'instance-at'>({ type: 'instance-at', machine, key, index: at }, { onProgress }),
  );
  const chart = usePicture(({ charts }) => charts.get(answer?.chart ?? '') ?? null);
  const stepTo = (index: number | null | undefined): void => {
    if (index !== null && index !== undefined)
      goQuietly({ view: 'instance', machine, key, at: index });
  };
  const toNow = (): void => goQuietly({ view: 'instance', machine, key, at: null });
  useKeys({
    '[': () => stepTo(answer?.previousIndex),
    ']': () => (answer?.nextIndex === null ? toNow() : stepTo(answer?.nextIndex)),
  });
  const reason = useMemo(
    () =>
      answer?.event == null || answer.explanation === null
        ? null
        : reasonOf(answer.event.type, answer.explanation, chart),
    [answer, chart],
  );
  if (problem !== null) {
    return (
      <div class="absent">
        <p class="problem" role="alert">
          {problem}
        </p>
        <button type="button" onClick={toNow}>
          As it is now
        </button>
      </div>
    );
  }
  if (answer === null || answer.chart === null || chart === null) {
    return (
      <p class="muted centred" role="status">
        Going back to entry {number(at)}
        {progress === null ? '…' : `: ${Math.round(progress * 100)} %`}
      </p>
    );
  }
  return (
    <Stage
      label={`${machine}/${key} at entry ${at}`}
      chartKey={answer.chart}
      chart={chart}
      stand={answer.stand}
      heardAtMs={Number.POSITIVE_INFINITY}
      differences={answer.differences}
      reason={reason}
      toolbar={
        <>
          <h2 class="code">
            {machine}/{key}
          </h2>
          <div class="stepper" role="group" aria-label="Step through its entries">
            <button
              type="button"
              disabled={answer.previousIndex === null}
              title="Its entry before ([)"
              onClick={() => stepTo(answer.previousIndex)}
            >
              ◀ Back
            </button>
            <a
              class="number"
              href={hashOf({ view: 'log', index: answer.stand?.index ?? at })}
              data-testid="at"
            >
              entry {number(answer.stand?.index ?? at)}
            </a>
            <button
              type="button"
              disabled={answer.nextIndex === null}
              title="Its next entry (])"
              onClick={() => stepTo(answer.nextIndex)}
            >
              Forth ▶
            </button>
            <button type="button" onClick={toNow}>
              Now
            </button>
          </div>
          <span class="muted cut">{happened(answer)}</span>
        </>
      }
    />
  );
}

function happened({ exists, event, accepted }: InstanceAtAnswer): string {
  if (!exists) return 'It did not exist yet.';
  if (event === null) return '';
  return `${accepted ? 'took' : 'did nothing with'} ${brief(event, 70)}`;
}
