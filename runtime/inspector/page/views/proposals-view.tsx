/** What is in flight on one node, how long it takes, and what ended unknown. */
import { useEffect, useMemo } from 'preact/hooks';
import type { ProposalPicture, ProposalsPicture } from '../../protocol.ts';
import { go } from '../connection/use-place.ts';
import { useFeed, usePicture } from '../connection/use-feed.ts';
import { leaderOf } from '../model/leader.ts';
import { hashOf } from '../model/place.ts';
import type { SeenProposals } from '../model/proposals-picture.ts';
import { count, duration, number, timeOfDay } from '../model/words.ts';
import { Histogram } from '../parts/histogram.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';

export function ProposalsView({ node }: Readonly<{ node: string | null }>) {
  const feed = useFeed();
  const leader = usePicture(({ nodes }) => leaderOf(nodes));
  const own = usePicture(({ welcome }) => welcome?.node ?? null);
  const members = usePicture(({ welcome }) => welcome?.members ?? none);
  const shown = node ?? leader ?? own;
  useEffect(() => (shown === null ? undefined : feed.watchProposals(shown)), [feed, shown]);
  const seen = usePicture(({ proposals }) => proposals.get(shown ?? ''));
  return (
    <div class="proposals-view">
      <header class="view-bar">
        <h2>Proposals</h2>
        <label>
          of{' '}
          <select
            value={shown ?? ''}
            onChange={({ currentTarget }) => go({ view: 'proposals', node: currentTarget.value })}
          >
            {members.map((member) => (
              <option key={member} value={member}>
                {member}
                {member === leader ? ' (leader)' : ''}
              </option>
            ))}
          </select>
        </label>
        {seen?.latest.isSample === true && (
          <span class="badge warn" data-testid="sample">
            a sample: {number(seen.latest.listed.length)} of {number(seen.latest.inFlight)} are
            listed, the oldest among them
          </span>
        )}
      </header>
      {seen === undefined ? (
        <p class="muted centred" role="status">
          Waiting for {shown ?? 'the node'}…
        </p>
      ) : (
        <Seen seen={seen} members={members} />
      )}
    </div>
  );
}

const none: readonly string[] = [];

function Seen({ seen, members }: Readonly<{ seen: SeenProposals; members: readonly string[] }>) {
  const { latest, ended, perSecond } = seen;
  const { latency } = latest;
  return (
    <>
      <dl class="tiles">
        <Tile name="In flight" value={number(latest.inFlight)} />
        <Tile
          name="Committed a second"
          value={perSecond === null ? '–' : number(Math.round(perSecond))}
        />
        <Tile name="Half within" value={latency.p50Ms === null ? '–' : duration(latency.p50Ms)} />
        <Tile name="99 % within" value={latency.p99Ms === null ? '–' : duration(latency.p99Ms)} />
        <Tile name="Refused" value={number(ended.refused)} />
        <Tile name="Unknown" value={number(ended.unknown)} isBad={ended.unknown > 0} />
      </dl>
      <div class="proposals-body">
        <section class="panel grows" aria-label="In flight">
          <h3>
            In flight <span class="count">{number(latest.inFlight)}</span>
          </h3>
          <InFlight listed={latest.listed} members={members} />
        </section>
        <div class="proposals-side" tabIndex={0} role="group" aria-label="How they ended">
          <section class="panel" aria-label="Latency">
            <h3>
              Time to commit <span class="count">{count(latency.count, 'proposal')}</span>
            </h3>
            <Histogram buckets={latency.buckets} />
          </section>
          <Unknowns unknowns={latest.unknowns} />
        </div>
      </div>
    </>
  );
}

function Tile({
  name,
  value,
  isBad = false,
}: Readonly<{ name: string; value: string; isBad?: boolean }>) {
  return (
    <div class={isBad ? 'tile bad' : 'tile'}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function InFlight({
  listed,
  members,
}: Readonly<{ listed: readonly ProposalPicture[]; members: readonly string[] }>) {
  const oldestFirst = useMemo(() => listed.toSorted((a, b) => b.ageMs - a.ageMs), [listed]);
  if (oldestFirst.length === 0) return <p class="muted">Nothing is in flight.</p>;
  return (
    <VirtualList
      label="Proposals in flight, the oldest first"
      rows={oldestFirst}
      rowPx={34}
      keyOf={({ proposalId }) => proposalId}
      render={(proposal) => <ProposalRow proposal={proposal} members={members} />}
    />
  );
}

function ProposalRow({
  proposal,
  members,
}: Readonly<{ proposal: ProposalPicture; members: readonly string[] }>) {
  const { actor, machine, key, event, state, ageMs, index, acknowledgedBy } = proposal;
  const acknowledged = acknowledgedBy ?? [];
  return (
    <a class="row proposal-row" href={hashOf({ view: 'charts', actor })}>
      <span class={`badge state-badge ${state.split('.')[0]}`}>{state}</span>
      <span class="code strong cut">{event}</span>
      <span class="code muted cut">
        {machine}/{key}
      </span>
      <span class="number muted">{index === null ? '' : `entry ${number(index)}`}</span>
      <span
        class="acks"
        role="img"
        aria-label={
          acknowledgedBy === null
            ? 'acknowledgements not known here'
            : `on disk at ${acknowledged.join(', ') || 'none yet'}`
        }
        title={
          acknowledgedBy === null
            ? 'Only the leader knows who has it on disk.'
            : `on disk: ${acknowledged.join(', ') || 'nowhere yet'}`
        }
      >
        {members.map((member) => (
          <i
            key={member}
            class={
              acknowledgedBy === null ? 'unknown' : acknowledged.includes(member) ? 'yes' : 'no'
            }
          />
        ))}
      </span>
      <span class="number">{duration(ageMs)}</span>
    </a>
  );
}

function Unknowns({ unknowns }: Pick<ProposalsPicture, 'unknowns'>) {
  return (
    <section class="panel" aria-label="Ended unknown">
      <h3>Ended unknown</h3>
      {unknowns.length === 0 ? (
        <p class="muted">None. Each that ended was certainly committed, or certainly not.</p>
      ) : (
        <ul class="unknowns">
          {unknowns.map(({ proposalId, atMs, what, message }) => (
            <li key={proposalId}>
              <time class="time">{timeOfDay(atMs)}</time> <span class="code strong">{what}</span>
              <p>{message}</p>
              <p class="code muted">{proposalId}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
