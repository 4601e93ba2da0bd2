/** What an object does when one operation at a time is done to it. All of it pure. */
export type Model<State, Input, Output> = Readonly<{
  init: State;
  /**
   * Whether the operation can have had this output in this state, and the state behind it. An
   * undefined output is one that nobody knows: then whatever would have come of it is right.
   */
  step(state: State, input: Input, output: Output | undefined): readonly [ok: boolean, next: State];
  /** Never the same for two states that differ. Two names for one state only cost time. */
  identity(state: State): string | number;
  /** Operations with different names here do not touch each other, and are judged apart. */
  partition?(input: Input): string;
  describe(input: Input, output: Output | undefined): string;
  describeState(state: State): string;
}>;
