/** What the last event did; where it did nothing, why. */
import type { Reason } from '../model/reasons.ts';

const signs = { moved: '→', stayed: '↻', nothing: '∅' } as const;

export function ReasonLine({ reason }: Readonly<{ reason: Reason | null }>) {
  return (
    <div class={`reason ${reason?.kind ?? 'none'}`} role="status" aria-live="off">
      {reason === null ? (
        <span class="muted">No event since the page began to look.</span>
      ) : (
        <>
          <span class="reason-sign" aria-hidden="true">
            {signs[reason.kind]}
          </span>
          <span class="reason-sentence">{reason.sentence}</span>
          {reason.refusals.length > 0 && (
            <span class="reason-guards">{reason.refusals.join('; ')}</span>
          )}
        </>
      )}
    </div>
  );
}
