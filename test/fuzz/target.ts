/** What a fuzz target is: one door that bytes come in by, and what is claimed of all of them. */
import type * as fc from 'fast-check';

export type Check = (input: Uint8Array) => void | Promise<void>;

export type OpenTarget = Readonly<{
  /** Throws, or rejects, where the claim does not hold for this input. */
  check: Check;
  close: () => Promise<void>;
}>;

export type Target = Readonly<{
  name: string;
  /** In one sentence, for people who choose a target. */
  claim: string;
  /** Inputs that are right, or nearly so. */
  grammar: fc.Arbitrary<Uint8Array>;
  /** Pieces that mean something to the decoder, to be put where they do not belong. */
  words: readonly Uint8Array[];
  /** Targets with sockets take longer, and get fewer runs in the tests. */
  runsInTests: number;
  open: () => Promise<OpenTarget>;
}>;

/** A target that needs nothing but its input. */
export const pure = (check: Check) => async (): Promise<OpenTarget> => ({
  check,
  close: async () => {},
});

export const inUtf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
