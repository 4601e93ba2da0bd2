/** What went through a door, counted since it opened. Plain integers: counting is all they cost. */
export type Tally = {
  clientConnections: number;
  clientMessages: number;
  /** Of those, the ones that were refused before the node was asked. */
  badMessages: number;
  reads: number;
  statesSent: number;
  committed: number;
  refused: number;
  unknown: number;
};

export const newTally = (): Tally => ({
  clientConnections: 0,
  clientMessages: 0,
  badMessages: 0,
  reads: 0,
  statesSent: 0,
  committed: 0,
  refused: 0,
  unknown: 0,
});
