/** Sends an event to an instance, of those that its state takes, or another. */
import { useState } from 'preact/hooks';
import type { EventPicture, Stand } from '../../protocol.ts';
import type { AcceptsAnswer, ProposedAnswer } from '../../question-protocol.ts';
import { useAnswer, useFeed, usePicture } from '../connection/use-feed.ts';
import { eventOf } from '../model/payload.ts';
import { howToAllow } from './cluster-acts.tsx';

type Props = Readonly<{ machine: string; instance: string; standing: Stand | null }>;

export function SendEvent({ machine, instance: key, standing }: Props) {
  const mayAct = usePicture(({ welcome }) => welcome?.mayAct ?? false);
  if (!mayAct) return <p class="muted hint">{howToAllow}</p>;
  return <Form machine={machine} instance={key} standing={standing} />;
}

function Form({ machine, instance: key, standing }: Props) {
  const feed = useFeed();
  const { answer } = useAnswer(`${machine} ${key} ${standing?.index}`, (through) =>
    through.ask<'accepts'>({ type: 'accepts', machine, key }),
  );
  const [type, setType] = useState('');
  const [fields, setFields] = useState('');
  const [outcome, setOutcome] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const checked = eventOf(type, fields);
  const offered = answer?.events ?? [];
  const send = async (event: EventPicture): Promise<void> => {
    setSending(true);
    try {
      const sent = await feed.ask<'propose'>({ type: 'propose', machine, key, event });
      setOutcome(outcomeOf(sent));
    } catch (error) {
      setOutcome(error instanceof Error ? error.message : String(error));
    }
    setSending(false);
  };
  return (
    <form
      class="panel send-event"
      aria-label="Send an event"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        if (checked.event !== null) void send(checked.event);
      }}
    >
      <h3>Send an event</h3>
      {offered.length > 0 && <Offers offered={offered} chosen={type} onChoose={setType} />}
      <label>
        Event
        <input
          class="code"
          value={type}
          spellcheck={false}
          onInput={({ currentTarget }) => setType(currentTarget.value.trim())}
        />
      </label>
      <label>
        Its fields, as JSON
        <textarea
          class="code"
          rows={2}
          spellcheck={false}
          placeholder="{}"
          value={fields}
          aria-invalid={type !== '' && checked.problem !== null}
          onInput={({ currentTarget }) => setFields(currentTarget.value)}
        />
      </label>
      {type !== '' && checked.problem !== null && (
        <p class="problem" role="alert">
          {checked.problem}
        </p>
      )}
      <button type="submit" class="primary" disabled={checked.event === null || isSending}>
        Send
      </button>
      {outcome !== null && (
        <p role="status" data-testid="outcome">
          {outcome}
        </p>
      )}
    </form>
  );
}

function outcomeOf({ end, index, accepted, message }: ProposedAnswer): string {
  if (end !== 'committed') return `${end}: ${message ?? ''}`;
  return accepted === false ? `entry ${index}: it did nothing` : `committed as entry ${index}`;
}

type OffersProps = Readonly<{
  offered: AcceptsAnswer['events'];
  chosen: string;
  onChoose: (type: string) => void;
}>;

function Offers({ offered, chosen, onChoose }: OffersProps) {
  return (
    <div class="offers" role="group" aria-label="Events that its state knows">
      {offered.map(({ type, wouldBeTaken, guards }) => (
        <button
          key={type}
          type="button"
          class={`offer code ${wouldBeTaken === false ? 'not-now' : ''}`}
          aria-pressed={type === chosen}
          title={said(wouldBeTaken, guards)}
          onClick={() => onChoose(type)}
        >
          {type}
        </button>
      ))}
    </div>
  );
}

function said(wouldBeTaken: boolean | null, guards: readonly string[]): string {
  const asked = guards.length === 0 ? '' : ` Asked: ${guards.join(', ')}.`;
  if (wouldBeTaken === null) return `It depends on its fields.${asked}`;
  return wouldBeTaken
    ? `It would be taken.${asked}`
    : `Without fields it would do nothing.${asked}`;
}
