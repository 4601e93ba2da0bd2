/** One event of one instance in the past: what it found, what it left, and its neighbours. */
import type { Explanation } from '../../machines/protocol/chart.ts';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import type { Engine } from '../../machines/replica/engine.ts';
import type { CutLimits } from './cut.ts';
import { differences } from './differences.ts';
import type { Inspected } from './inspected.ts';
import type { InstanceName } from './instance-name.ts';
import { instanceEvent, instanceStand } from './instance-stand.ts';
import type { TimerPicture } from './protocol.ts';
import type { AskInstanceAt } from './question-protocol.ts';
import type { Reply } from './source.ts';

export type InstanceMoment = Readonly<{
  index: number;
  /** Null where another definition of its machine came into force. */
  event: MachineEvent | null;
  accepted: boolean;
  /** Of the definition that was in force. */
  engine: Engine;
  /** Null: it had not begun. */
  before: InstanceView | null;
  view: InstanceView;
  active: readonly string[];
  timers: readonly TimerPicture[];
  explanation: Explanation | null;
  previousIndex: number | null;
  nextIndex: number | null;
}>;

/** So that a difference deep within a large context is found. */
const compared: CutLimits = {
  depthMax: 16,
  itemsMax: 1_000,
  textCharsMax: 2_000,
  bytesMax: 256 * 1024,
};

export function momentAnswer(
  asked: AskInstanceAt,
  moment: InstanceMoment,
  { show, charts }: Pick<Inspected, 'show' | 'charts'>,
): Reply {
  const { machine, key, index } = asked;
  const where: InstanceName = { machine, key };
  const { event, before, view, engine } = moment;
  const context = (of: InstanceView): unknown =>
    show(of.context, { kind: 'context', ...where }, compared);
  return {
    type: 'instance-at',
    machine,
    key,
    index,
    chart: charts.keyOf(engine.chart()),
    exists: true,
    event: event === null ? null : instanceEvent(event, where, show),
    accepted: moment.accepted,
    explanation: moment.explanation,
    stand: instanceStand(moment, where, show),
    differences: before === null ? [] : differences('context', context(before), context(view)),
    previousIndex: moment.previousIndex,
    nextIndex: moment.nextIndex,
  };
}

/** It had not begun by then. */
export function notBegun(
  { machine, key, index }: AskInstanceAt,
  engine: Engine,
  nextIndex: number | null,
  { charts }: Pick<Inspected, 'charts'>,
): Reply {
  return {
    type: 'instance-at',
    machine,
    key,
    index,
    chart: charts.keyOf(engine.chart()),
    exists: false,
    event: null,
    accepted: false,
    explanation: null,
    stand: null,
    differences: [],
    previousIndex: null,
    nextIndex,
  };
}
