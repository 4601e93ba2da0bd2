/** The log, entry by entry; and for each, what it did and which messages carried it. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { EntryPicture } from '../../question-protocol.ts';
import { useAnswer, useFeed, usePicture } from '../connection/use-feed.ts';
import { goQuietly } from '../connection/use-place.ts';
import { useKeys } from '../connection/use-keys.ts';
import { hashOf } from '../model/place.ts';
import { brief, duration, eventText, number } from '../model/words.ts';
import { SequenceDiagram } from '../parts/sequence-diagram.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';

const pageSize = 200;

export function LogView({ index }: Readonly<{ index: number | null }>) {
  const feed = useFeed();
  const commit = usePicture(commitOf);
  // Where to look from: the end, unless somebody came for one entry.
  const [from, setFrom] = useState<number | null>(index === null ? null : windowAround(index));
  const { answer, problem } = useAnswer(`${from}`, (through) =>
    through.ask<'log'>({ type: 'log', limit: pageSize, ...(from !== null && { from }) }),
  );
  const [newer, setNewer] = useState<readonly EntryPicture[]>([]);
  useEffect(() => setNewer([]), [answer]);
  const entries = useMemo(() => [...(answer?.entries ?? []), ...newer], [answer, newer]);
  const last = entries.at(-1)?.index ?? 0;

  useEffect(() => {
    // At the end of the log, what is committed next is added; elsewhere the reader is left in peace.
    if (from !== null || answer === null || commit <= last) return undefined;
    let isWanted = true;
    feed.ask<'log'>({ type: 'log', from: last + 1, limit: pageSize }).then(
      (page) => isWanted && setNewer((before) => [...before, ...page.entries].slice(-2_000)),
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [feed, from, answer, commit, last]);

  const choose = (chosen: number): void => {
    if (chosen < 1) return;
    if (!entries.some((entry) => entry.index === chosen)) setFrom(windowAround(chosen));
    goQuietly({ view: 'log', index: chosen });
  };
  const at = index ?? last;
  useKeys({
    '[': () => choose(Math.max(answer?.firstIndex ?? 1, at - 1)),
    ']': () => choose(Math.min(commit, at + 1)),
  });
  const entry = entries.find((each) => each.index === index) ?? null;
  if (problem !== null && answer === null)
    return (
      <p class="problem" role="alert">
        {problem}
      </p>
    );
  return (
    <div class="log-view">
      <header class="view-bar">
        <h2>Log</h2>
        <div class="stepper" role="group" aria-label="Step through the log">
          <button type="button" title="The entry before ([)" onClick={() => choose(at - 1)}>
            ◀ Back
          </button>
          <span class="number">entry {number(at)}</span>
          <button
            type="button"
            title="The next entry (])"
            disabled={at >= commit}
            onClick={() => choose(at + 1)}
          >
            Forth ▶
          </button>
          <button type="button" aria-pressed={from === null} onClick={() => setFrom(null)}>
            Follow the end
          </button>
        </div>
        <span class="muted">
          {answer !== null &&
            `${number(answer.firstIndex)} to ${number(Math.max(commit, last))} are committed`}
        </span>
      </header>
      <Timeline
        first={answer?.firstIndex ?? 1}
        commit={Math.max(commit, last)}
        entries={entries}
        at={at}
        onChoose={choose}
      />
      <div class="log-body">
        <section class="panel grows" aria-label="Entries">
          <VirtualList
            label="Committed entries, the newest first"
            rows={entries.toReversed()}
            rowPx={28}
            keyOf={(each) => each.index}
            chosen={index}
            render={(each) => (
              <EntryRow entry={each} isChosen={each.index === index} onChoose={choose} />
            )}
          />
        </section>
        <div class="log-side" tabIndex={0} role="group" aria-label="The chosen entry">
          {entry === null ? (
            <p class="muted centred">Choose an entry to see what it did, and how it got around.</p>
          ) : (
            <Entry entry={entry} />
          )}
        </div>
      </div>
    </div>
  );
}

const windowAround = (index: number): number => Math.max(1, index - pageSize / 2);

const commitOf = ({
  nodes,
}: Readonly<{ nodes: ReadonlyMap<string, { status: { commitIndex: number } | null }> }>): number =>
  Math.max(0, ...[...nodes.values()].map(({ status }) => status?.commitIndex ?? 0));

type RowProps = Readonly<{
  entry: EntryPicture;
  isChosen: boolean;
  onChoose: (index: number) => void;
}>;

function EntryRow({ entry, isChosen, onChoose }: RowProps) {
  const { index, kind, what, machine, key, event } = entry;
  return (
    <button
      type="button"
      class={`row entry-row ${kind}`}
      aria-pressed={isChosen}
      onClick={() => onChoose(index)}
    >
      <span class="number">{number(index)}</span>
      <span class="code strong cut">{event === null ? what : eventText(event.type)}</span>
      <span class="code muted cut">{machine === null ? '' : `${machine}/${key}`}</span>
    </button>
  );
}

function Entry({ entry }: Readonly<{ entry: EntryPicture }>) {
  const { index, term, timeMs, kind, what, machine, key, event, proposalId, bytes } = entry;
  const members = usePicture(({ welcome }) => welcome?.members);
  const { answer, problem } = useAnswer(`${index}`, (feed) =>
    feed.ask<'messages'>({ type: 'messages', index }),
  );
  return (
    <>
      <section class="panel" aria-label={`Entry ${index}`}>
        <h3>
          Entry {number(index)} <span class="badge">{kind}</span>
        </h3>
        <p>{event === null ? what : `${eventText(event.type)} to ${machine}/${key}`}</p>
        <dl class="facts">
          <dt>term</dt>
          <dd>{number(term)}</dd>
          <dt>time of the cluster</dt>
          <dd>{duration(timeMs)}</dd>
          <dt>size</dt>
          <dd>{number(bytes)} bytes</dd>
          {proposalId !== null && (
            <>
              <dt>proposal</dt>
              <dd class="code">{proposalId}</dd>
            </>
          )}
          {event !== null && (
            <>
              <dt>event</dt>
              <dd class="code">{brief(event, 400)}</dd>
            </>
          )}
        </dl>
        {machine !== null && key !== null && (
          <a class="button" href={hashOf({ view: 'instance', machine, key, at: index })}>
            {machine}/{key} right after it
          </a>
        )}
      </section>
      <section class="panel grows" aria-label="Messages">
        <h3>Messages between the nodes</h3>
        {problem !== null && <p class="muted">{problem}</p>}
        {answer !== null && answer.index === index && (
          <>
            <SequenceDiagram members={members ?? []} messages={answer.messages} />
            {answer.isPartialBecause !== null && <p class="muted">{answer.isPartialBecause}</p>}
          </>
        )}
      </section>
    </>
  );
}
