/**
 * What the leader puts into the log on behalf of the machines themselves: a deadline has come, an
 * effect has something to say. Like every entry they decide nothing until they are applied; one
 * that comes late, twice or from a leader of the past does nothing then.
 */
import type { LogIndex, NodeId, Term } from './ids.ts';

/** Names what an instance asked for: the log index of the entry that it did so at, and a count. */
export type EffectId = `${number}.${number}`;

/** What an effect says to the actor in the chart that stands for it, and to that one's parent. */
export type Said =
  | Readonly<{ to: 'itself' | 'parent'; event: Readonly<{ type: string }> }>
  /** It could not even begin. */
  | Readonly<{ to: 'failure'; error: unknown }>;

/** Fingerprints of a machine's definitions, each the successor of the one before it. */
export type Known = readonly Readonly<{ machine: string; chain: readonly string[] }>[];

export type Chore =
  /** A leader serves: its first one of a term opens its reign, later ones carry the time. */
  | Readonly<{ type: 'tick'; node: NodeId; term: Term; wallMs: number }>
  /** The deadline of that number, of that instance, has passed. */
  | Readonly<{ type: 'fire'; machine: string; key: string; timer: number }>
  /** An effect that this term's leader runs. */
  | Readonly<{
      type: 'hear';
      machine: string;
      key: string;
      effect: EffectId;
      term: Term;
      /** Grows with every word that this leader has to put into the log, and stays when it does so again. */
      word: number;
      said: Said;
    }>
  /** From now on this term's leader runs it, and no later one ever will. */
  | Readonly<{ type: 'claim'; machine: string; key: string; effect: EffectId; term: Term }>
  /** These were carried out, or will never be. */
  | Readonly<{ type: 'done'; machine: string; key: string; effects: readonly EffectId[] }>
  /** Which definitions that node has at hand. Whoever leads, each node says so for itself. */
  | Readonly<{
      type: 'knows';
      node: NodeId;
      /** All whose word counts. It stands in the log, so that a replay comes to the same. */
      voters: readonly NodeId[];
      known: Known;
      /** The entry in which it last said so, as far as it knew; zero if it never had. */
      after: LogIndex;
    }>
  /** At that entry all voters had that definition, and some instance had no place in it. */
  | Readonly<{ type: 'refused'; machine: string; successor: string; at: LogIndex }>
  /** The event that this instance sent to another reaches it. */
  | Readonly<{ type: 'deliver'; machine: string; key: string; effect: EffectId }>;
