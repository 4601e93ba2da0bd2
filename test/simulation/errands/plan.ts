/** What is drawn of errands: which machines there are, how busy they are, whether one is upgraded. */
import type { MissedDeadlines } from '../../../machines/replica/replicated.ts';
import { chance } from '../../world/random.ts';

export type ErrandsPlan = Readonly<{
  /** Between one event and the next, on average. */
  paceMs: number;
  missedDeadlines: MissedDeadlines;
  /** When the first node gets the next definition; null: nobody does. The others follow one by one. */
  upgradeAtMs: number | null;
  upgradeGapMs: number;
}>;

/** In every other universe. By chances of its own, so that it leaves all others alone. */
export function drawErrands(seed: number, stormMs: number): ErrandsPlan | null {
  const dice = chance(seed, 'errands');
  if (!dice.happens(0.5)) return null;
  return {
    paceMs: dice.pick([8, 25, 80]),
    missedDeadlines: dice.pick(['remaining', 'fire', 'restart']),
    upgradeAtMs: dice.happens(0.7) ? dice.fraction() * 0.6 * stormMs : null,
    upgradeGapMs: dice.pick([50, 400, 1_200]),
  };
}
