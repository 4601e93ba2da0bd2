/**
 * The proposals in flight on this node, a picture a few times a second while somebody looks. Their
 * supervisor's own events tell of beginnings and ends; nobody else is asked, and while nobody looks
 * nothing is counted.
 */
import type { EventObject } from 'xstate';
import type { Entry } from '../../machines/protocol/entry.ts';
import type { NodeId, ProposalId } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import type { Outcome } from '../../machines/protocol/outcome.ts';
import type { Asked } from '../../machines/proposals.ts';
import { slice } from '../../machines/rules/log.ts';
import type { Alarm, Clock } from '../clock.ts';
import { decodeCommand } from '../command-codec.ts';
import type { Core } from '../core.ts';
import { wordsForChore } from './chore-words.ts';
import { Latencies } from './latencies.ts';
import type { ProposalPicture, ProposalsPicture } from './protocol.ts';
import { valueText } from './value-text.ts';
import { overhear, type Seen } from './xstate-hook.ts';

type Parts = Readonly<{ node: NodeId; core: Core; clock: Clock }>;
type Tell = (seen: ProposalsPicture) => void;
type Supervised = EventObject &
  Readonly<{ asked?: readonly Asked[]; actorId?: string; output?: Outcome }>;

const unknownsKeptMax = 20;
/** Of the entries that are not applied yet, so many are looked through for the listed proposals. */
const entriesSearchedMax = 512;

export function createProposalsWatch({ node, core, clock }: Parts): (tell: Tell) => () => void {
  const tellers = new Set<Tell>();
  const { supervisor } = core.proposals;
  const prefix = `${node}/proposal/`;
  let begun = new Map<ProposalId, number>();
  let latencies = new Latencies();
  let unknowns: ProposalsPicture['unknowns'] = [];
  let ended = { committed: 0, refused: 0, unknown: 0 };
  let toldAtMs = 0;
  let alarm: Alarm = null;
  let stopHearing: (() => void) | null = null;

  function observe({ type, actorRef, event }: Seen): void {
    if (actorRef !== supervisor || type !== '@xstate.event') return;
    const { asked, actorId, output } = event as Supervised;
    if (asked !== undefined) {
      const nowMs = clock.nowMs();
      for (const { proposal } of asked) begun.set(proposal.proposalId, nowMs);
    } else if (actorId !== undefined && output !== undefined) {
      end(actorId.slice(prefix.length) as ProposalId, output);
    }
  }

  function end(id: ProposalId, outcome: Outcome): void {
    ended[outcome.end] += 1;
    const sinceMs = begun.get(id);
    begun.delete(id);
    if (outcome.end === 'committed' && sinceMs !== undefined) {
      latencies.record(clock.nowMs() - sinceMs);
    }
    if (outcome.end !== 'unknown') return;
    const { message } = outcome;
    const unknown = { proposalId: id, atMs: clock.wallMs(), what: whatOf(id), message };
    unknowns = [unknown, ...unknowns].slice(0, unknownsKeptMax);
  }

  /** It is among those in flight until its supervisor has heard of the end. */
  function whatOf(id: ProposalId): string {
    const child = supervisor.getSnapshot().inFlight.get(id);
    if (child === undefined) return 'a proposal';
    const { machine, key, event } = saidIn(child.proposal.payload);
    return `${event} for ${machine}/${key}`;
  }

  function picture(): ProposalsPicture {
    const nowMs = clock.nowMs();
    const { inFlight } = supervisor.getSnapshot();
    const listed: ProposalPicture[] = [];
    const places = placesOf(core);
    const { matched } = core.snapshot().context;
    const isLeader = core.snapshot().matches({ role: 'leader' });
    for (const [proposalId, child] of inFlight) {
      if (listed.length >= limits.proposalsListedMax) break;
      const index = places.get(proposalId) ?? null;
      listed.push({
        actor: `${prefix}${proposalId}`,
        proposalId,
        ...saidIn(child.proposal.payload),
        state: valueText(child.actor.getSnapshot().value),
        ageMs: Math.round(nowMs - (begun.get(proposalId) ?? nowMs)),
        index,
        acknowledgedBy: isLeader && index !== null ? holdersOf(matched, index) : null,
      });
    }
    const withinMs = Math.round(nowMs - toldAtMs);
    toldAtMs = nowMs;
    const seen: ProposalsPicture = {
      type: 'proposals',
      node,
      inFlight: inFlight.size,
      listed,
      isSample: listed.length < inFlight.size,
      ended: { ...ended, withinMs },
      latency: latencies.picture(),
      unknowns,
    };
    ended = { committed: 0, refused: 0, unknown: 0 };
    return seen;
  }

  function tellAll(): void {
    const seen = picture();
    for (const tell of tellers) tell(seen);
    alarm = clock.setTimeout(tellAll, limits.proposalsPictureIntervalMs);
  }

  function start(): void {
    const nowMs = clock.nowMs();
    // Those that are under way already: it is not known since when.
    begun = new Map();
    latencies = new Latencies();
    unknowns = [];
    ended = { committed: 0, refused: 0, unknown: 0 };
    toldAtMs = nowMs;
    stopHearing = overhear(core.actor, observe);
  }

  return (tell) => {
    const isFirst = tellers.size === 0;
    if (isFirst) start();
    tellers.add(tell);
    // Everybody at once: what ended since the last picture is told only once.
    clock.clearTimeout(alarm);
    tellAll();
    return () => {
      if (!tellers.delete(tell) || tellers.size > 0) return;
      clock.clearTimeout(alarm);
      stopHearing?.();
      stopHearing = null;
      begun.clear();
    };
  };
}

/** Where the proposals stand that are in the log and not applied, as far as is looked. */
function placesOf(core: Core): ReadonlyMap<string, number> {
  const { log } = core.snapshot().context;
  const from = core.replica.appliedIndex + 1;
  const places = new Map<string, number>();
  for (const entry of slice(log, from as never, (from + entriesSearchedMax - 1) as never)) {
    const id = proposalIn(entry);
    if (id !== null) places.set(id, entry.index);
  }
  return places;
}

const proposalIn = ({ kind, payload }: Entry): string | null =>
  kind === 'command' ? (decodeCommand(payload)?.proposalId ?? null) : null;

const holdersOf = (matched: Readonly<Record<string, number>>, index: number): readonly string[] =>
  Object.entries(matched).flatMap(([holder, match]) => (match >= index ? holder : []));

function saidIn(payload: Uint8Array): Pick<ProposalPicture, 'machine' | 'key' | 'event'> {
  const said = decodeCommand(payload);
  if (said === null) return { machine: '', key: '', event: '[garbage]' };
  if (!('chore' in said)) {
    return { machine: said.machine, key: said.key, event: said.event.type };
  }
  const { machine, key, what } = wordsForChore(said.chore);
  return { machine: machine ?? '', key: key ?? '', event: what };
}
