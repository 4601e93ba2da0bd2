/** An instance's past as far as the replica's history still has it, which costs next to nothing. */
import type { Explanation } from '../../machines/protocol/chart.ts';
import { indexZero, type LogIndex } from '../../machines/protocol/ids.ts';
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import { MachineFailure, type Engine, type Snapshot } from '../../machines/replica/engine.ts';
import type { HistoryEvent } from '../../machines/replica/history.ts';
import { nothingPending } from '../../machines/replica/pending.ts';
import { entryAt } from '../../machines/rules/log.ts';
import type { Inspected } from './inspected.ts';
import type { InstanceMoment } from './instance-moment.ts';
import { deadlinePictures } from './instance-stand.ts';
import { inputIn, stimulusOf } from './stimulus.ts';

/** `too-old`: the log has to be replayed. */
export type Past = InstanceMoment | 'too-old' | Readonly<{ notBegunBefore: number | null }>;

export function pastInHistory(
  { core }: Inspected,
  machine: string,
  key: string,
  index: number,
): Past {
  const { replica } = core;
  const hosted = replica.hosted(machine);
  const instance = replica.instance(machine, key);
  if (hosted === undefined || instance === undefined) return { notBegunBefore: null };
  // It may have been of another definition then.
  if (hosted.version.fingerprint !== replica.fingerprints[machine]) return 'too-old';
  const { history } = replica;
  const { engine } = hosted.version;

  let at: LogIndex = instance.latestIndex;
  let next: HistoryEvent | null = null;
  while (at > index) {
    const later = history.at(at);
    if (later === undefined) return 'too-old';
    next = later;
    at = later.previousIndex;
  }
  if (at === indexZero) return { notBegunBefore: next?.index ?? null };
  const found = history.at(at);
  if (found === undefined) return 'too-old';
  const previous = history.at(found.previousIndex);
  const isFirst = found.previousIndex === indexZero;
  if (previous === undefined && !isFirst) return 'too-old';

  const entry = entryAt(core.snapshot().context.log, found.index);
  const before = previous === undefined ? null : engine.recall(previous.view);
  const begun = isFirst ? newborn(engine, inputIn(entry)) : null;
  const from = before ?? begun;
  const { event, accepted, view } = found;
  return {
    index: found.index,
    event,
    accepted,
    engine,
    before: previous?.view ?? null,
    view,
    active: activeIn(engine, view, next === null ? instance.snapshot : null),
    // What it waited for is remembered only as it is now.
    timers: next === null ? deadlinePictures(instance.pending.timers, core.clusterTimeMs()) : [],
    explanation:
      from === null ? null : explained(engine, from, stimulusOf(entry, event, nothingPending)),
    previousIndex: isFirst ? null : found.previousIndex,
    nextIndex: next?.index ?? null,
  };
}

function newborn(engine: Engine, input: unknown): Snapshot | null {
  try {
    return engine.init(input).snapshot;
  } catch (thrown) {
    if (!(thrown instanceof MachineFailure)) throw thrown;
    return null;
  }
}

function explained(
  engine: Engine,
  from: Snapshot,
  stimulus: Parameters<Engine['explain']>[1],
): Explanation | null {
  try {
    return engine.explain(from, stimulus);
  } catch {
    // From a view alone it may come to what never happens to an instance.
    return null;
  }
}

function activeIn(engine: Engine, view: InstanceView, now: Snapshot | null): readonly string[] {
  const snapshot = now ?? engine.recall(view);
  return snapshot === null ? [] : engine.active(snapshot);
}
