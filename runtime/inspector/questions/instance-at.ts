/**
 * Where an instance stood right after an entry: from the history where that is still kept, otherwise
 * by replaying the log, a little at a time. One replay goes on at a time, and is kept for a while.
 */
import { unreachable } from '../../../machines/protocol/invariant.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { firstIndexOf } from '../../../machines/rules/log.ts';
import type { Alarm } from '../../clock.ts';
import type { Inspected } from '../inspected.ts';
import { momentAnswer, notBegun } from '../instance-moment.ts';
import { pastInHistory } from '../past-in-history.ts';
import type { AskInstanceAt } from '../question-protocol.ts';
import { Replay } from '../replay.ts';
import { inSlices } from '../slices.ts';
import type { Reply } from '../source.ts';
import { refusal, unknownMachine } from './refusals.ts';

type Waiting = Readonly<{ asked: AskInstanceAt; reply: (reply: Reply) => void }>;

export interface InstancePast {
  answer(asked: AskInstanceAt, reply: (reply: Reply) => void): void;
  /** Nobody looks any more. */
  end(): void;
}

const progressEveryMs = 250;
const waitingMax = 8;

export function createInstancePast(inspected: Inspected): InstancePast {
  const { core, clock } = inspected;
  let replay: Replay | null = null;
  let forgetting: Alarm = null;
  let waiting: Waiting[] = [];
  let isBusy = false;

  function answer(asked: AskInstanceAt, reply: (reply: Reply) => void): void {
    const { machine, key, index } = asked;
    const engine = core.replica.hosted(machine)?.version.engine;
    if (engine === undefined) return reply(unknownMachine(machine, core.replica.machineNames));
    const past = pastInHistory(inspected, machine, key, index);
    if (past === 'too-old') return queue({ asked, reply });
    reply(
      'notBegunBefore' in past
        ? notBegun(asked, engine, past.notBegunBefore, inspected)
        : momentAnswer(asked, past, inspected),
    );
  }

  function queue(one: Waiting): void {
    if (waiting.length >= waitingMax) {
      const sentence = 'other replays of the log are under way; ask again in a moment';
      return one.reply(refusal('overloaded', sentence));
    }
    waiting.push(one);
    if (!isBusy) next();
  }

  function next(): void {
    const one = waiting.shift();
    isBusy = one !== undefined;
    if (one === undefined) return;
    clock.clearTimeout(forgetting);
    if (firstIndexOf(core.snapshot().context.log) > 1) {
      const sentence = 'what the log held before its last snapshot is gone; ask for a later entry';
      one.reply(refusal('bad-request', sentence));
      return next();
    }
    if (replay === null || !replay.isOf(one.asked) || replay.hasForgotten(one.asked.index)) {
      replay = new Replay(inspected, one.asked);
    }
    run(one, replay);
  }

  /** Beyond the entry asked for, until it is known what came behind it. */
  function run({ asked, reply }: Waiting, current: Replay): void {
    const through = Math.max(core.replica.appliedIndex, 1);
    let toldAtMs = clock.nowMs();
    const isThere = (): boolean =>
      replay !== current || current.behind(asked.index) !== undefined || current.through >= through;
    inSlices(
      clock,
      () => {
        if (isThere()) return false;
        const nowMs = clock.nowMs();
        if (nowMs - toldAtMs >= progressEveryMs) {
          toldAtMs = nowMs;
          reply({ type: 'progress', done: current.through / through });
        }
        return current.step();
      },
      () => {
        reply(answerFrom(current, asked));
        forgetting = clock.setTimeout(() => (replay = null), limits.replayKeptMs);
        next();
      },
    );
  }

  function answerFrom(current: Replay, asked: AskInstanceAt): Reply {
    const moment = current.at(asked.index);
    if (moment !== undefined) return momentAnswer(asked, moment, inspected);
    const later = current.behind(asked.index);
    const engine = later?.engine ?? core.replica.hosted(asked.machine)?.version.engine;
    return engine === undefined
      ? unreachable(asked.machine as never)
      : notBegun(asked, engine, later?.index ?? null, inspected);
  }

  return {
    answer,
    end() {
      replay = null;
      waiting = [];
      clock.clearTimeout(forgetting);
    },
  };
}
