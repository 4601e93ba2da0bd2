/** What a leader's chore does when it is applied: on every node alike, and nothing if it is late. */
import { lifecycleName } from '../lifecycle.ts';
import type { Chore } from '../protocol/chore.ts';
import type { Command, Entry } from '../protocol/entry.ts';
import { proposalId, type Term } from '../protocol/ids.ts';
import { unreachable } from '../protocol/invariant.ts';
import { type Refused, refused } from '../protocol/outcome.ts';
import { MachineFailure } from './engine.ts';
import type { Taken } from './instances.ts';
import type { Effect, Sending } from './pending.ts';
import type { Interregnum, Reign } from './reign.ts';
import type { Hosted } from './hosting.ts';
import type { Knowledge } from './knowledge.ts';
import type { Refusals } from './refusals.ts';
import type { Application } from './replica.ts';
import { upgradeAll } from './upgrades.ts';

/** What an instance took by it. */
export type Attended = Readonly<{ machine: string; key: string; taken: Taken }>;

type World = Readonly<{
  hosted: ReadonlyMap<string, Hosted>;
  reign: Reign;
  knowledge: Knowledge;
  refusals: Refusals;
  isRunning: boolean;
  /** As for an event from a client. */
  decide: (command: Command) => Application;
}>;

/** Nobody leads for a moment at each election: more than this is called downtime. */
const downtimeMsMin = 10_000;

export function attendTo(
  chore: Chore,
  entry: Entry,
  { hosted, reign, knowledge, refusals, isRunning, decide }: World,
): Attended | Application | null {
  switch (chore.type) {
    case 'tick': {
      // One that an earlier leader wrote, and that came by way of a later one, opens no reign.
      if (chore.term !== entry.term) return null;
      catchUp(hosted, entry.timeMs, reign.tick({ ...chore, timeMs: entry.timeMs }));
      return null;
    }
    case 'fire': {
      if (!isRunning) return null;
      return attended(
        chore,
        hosted.get(chore.machine)?.instances.fire(entry, chore.key, chore.timer),
      );
    }
    case 'hear': {
      if (!isOfTheReign(chore, entry, reign)) return null;
      // Whoever said it waits, and says it again.
      if (!isRunning) return notRunning;
      const instances = hosted.get(chore.machine)?.instances;
      return attended(
        chore,
        instances?.hear(entry, chore.key, chore.effect, chore.said, chore.word),
      );
    }
    case 'claim': {
      if (!isOfTheReign(chore, entry, reign)) return null;
      hosted.get(chore.machine)?.instances.claim(chore.key, chore.effect, chore.term);
      return null;
    }
    case 'done': {
      hosted.get(chore.machine)?.instances.finish(chore.key, chore.effects);
      return null;
    }
    case 'deliver': {
      if (!isRunning) return null;
      const instances = hosted.get(chore.machine)?.instances;
      const sending = nextSending(instances?.get(chore.key)?.pending.effects ?? [], chore.effect);
      if (sending === null) return null;
      instances?.finish(chore.key, [chore.effect]);
      if (sending.machine === lifecycleName) return dropped(sending, notForInstances);
      const application = decide({ ...sending, proposalId: proposalId(''), since: entry.index });
      return application.outcome.end === 'refused'
        ? dropped(sending, application.outcome)
        : application;
    }
    case 'knows': {
      const { node, voters, known, after } = chore;
      const isNews = knowledge.tell(node, { known, index: entry.index }, after);
      return isNews ? upgradeAll(entry, { hosted, knowledge, refusals, voters }) : null;
    }
    case 'refused': {
      refusals.told(chore);
      return null;
    }
    default:
      return unreachable(chore);
  }
}

/**
 * A leader that was deposed with this in its log, and leads again, may have put it there once
 * more: by then it is of a later term than it says.
 */
const isOfTheReign = ({ term }: Readonly<{ term: Term }>, entry: Entry, reign: Reign): boolean =>
  term === reign.term && term === entry.term;

const notDone = (outcome: Refused, failure: MachineFailure | null): Application => ({
  outcome,
  duplicate: false,
  logged: [],
  failure,
  happened: null,
});

const notRunning = notDone(
  refused('not-running', 'The cluster is not Running, so its machines hear nothing.'),
  null,
);
const notForInstances = refused(
  'invalid-event',
  "An instance of a chart may not send to the cluster's own.",
);

/** Nobody asked, so nobody else can be told. */
const dropped = ({ machine, key, event }: Sending, why: Refused): Application =>
  notDone(
    why,
    new MachineFailure(
      `the event "${event.type}" that an instance sent to ${machine}/${key} is dropped: ${why.message}`,
    ),
  );

const attended = (
  { machine, key }: Readonly<{ machine: string; key: string }>,
  taken: Taken | null | undefined,
): Attended | null => (taken ? { machine, key, taken } : null);

/** It, if no earlier event is still on its way from the same instance to the same other one. */
function nextSending(effects: readonly Effect[], id: Effect['id']) {
  const wish = effects.find((effect) => effect.id === id)?.wish;
  if (wish?.kind !== 'sending') return null;
  const first = effects.find(
    (effect) =>
      effect.wish.kind === 'sending' &&
      effect.wish.machine === wish.machine &&
      effect.wish.key === wish.key,
  );
  return first?.id === id ? wish : null;
}

/** The cluster's time stood still, for all who were waiting then. */
function catchUp(
  hosted: ReadonlyMap<string, Hosted>,
  timeMs: number,
  interregnum: Interregnum | null,
): void {
  if (interregnum === null) return;
  const { ms, after } = interregnum;
  for (const { instances, version } of hosted.values()) {
    switch (version.replication.missedDeadlines ?? 'remaining') {
      case 'remaining':
        break;
      case 'fire':
        instances.shiftDeadlines(after, ({ dueMs }) => dueMs - ms);
        break;
      case 'restart':
        if (ms >= downtimeMsMin) instances.shiftDeadlines(after, ({ delayMs }) => timeMs + delayMs);
        break;
    }
  }
}
