/** An actor that is watched: its chart, with each step as it happens. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { useFeed, usePicture } from '../connection/use-feed.ts';
import { reasonOf } from '../model/reasons.ts';
import { Stage } from '../parts/stage.tsx';
import { Steps } from '../parts/steps.tsx';

type Props = Readonly<{
  actor: string;
  /** What to call it, where that is not its name. */
  heading?: string;
  toolbar?: ComponentChildren;
  /** Beside the details. */
  children?: ComponentChildren;
  /** Where there is no such actor. */
  absent?: ComponentChildren;
}>;

export function LiveActor({ actor, heading = actor, toolbar, children, absent }: Props) {
  const feed = useFeed();
  useEffect(() => feed.watch(actor), [feed, actor]);
  const seen = usePicture((picture) => picture.seen.get(actor));
  const chart = usePicture(({ charts }) => charts.get(seen?.chart ?? '') ?? null);
  const latest = seen?.steps[0];
  const reason = useMemo(
    () => (latest === undefined ? null : reasonOf(latest.event.type, latest.explanation, chart)),
    [latest, chart],
  );
  if (seen === undefined || (seen.stand === null && seen.gone === null)) {
    return (
      <p class="muted centred" role="status">
        Waiting for {heading}…
      </p>
    );
  }
  if (chart === null || seen.chart === null) {
    return (
      <div class="absent">
        <h2 class="code">{heading}</h2>
        <p class="muted" role="status">
          {seen.gone === null ? 'It is no chart.' : `It is not there: ${seen.gone}.`}
        </p>
        {absent}
      </div>
    );
  }
  return (
    <Stage
      label={heading}
      chartKey={seen.chart}
      chart={chart}
      stand={seen.stand}
      heardAtMs={seen.heardAtMs}
      differences={seen.differences}
      reason={reason}
      toolbar={
        <>
          <h2 class="code">{heading}</h2>
          {toolbar}
          {seen.gone !== null && <span class="badge bad">gone: {seen.gone}</span>}
          {chart.root.description !== null && (
            <span class="muted cut">{chart.root.description}</span>
          )}
        </>
      }
    >
      {children}
      <Steps
        steps={seen.steps}
        stepCount={seen.stepCount}
        skippedCount={seen.skippedCount}
        chart={chart}
      />
    </Stage>
  );
}
