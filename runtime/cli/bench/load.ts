/** One run: what its clients do, and what came of it. Both cross between processes as JSON. */

export type Load = Readonly<{
  /** Client i connects to number i, round and round. */
  urls: readonly string[];
  clients: number;
  warmupMs: number;
  measureMs: number;
  eventBytes: number;
}>;

export type Measured = Readonly<{
  /** Within the measured time alone. */
  committed: number;
  elapsedMs: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  /** Of the whole run, warm-up included. */
  failed: number;
  firstFailure: Readonly<{ code: string; message: string }> | null;
}>;

/** What the clients' process tells the one that started it. */
export type DriverReport =
  | Readonly<{ type: 'measuring' }>
  | Readonly<{ type: 'measured' }>
  | Readonly<{ type: 'result'; result: Measured }>;

export const benchMachine = 'register';
/** Enough that no two clients often meet at one instance. */
export const instances = 1_024;

/** Exactly so many bytes of JSON. */
export function eventOf(bytes: number): Readonly<{ type: 'WRITE'; value: string }> {
  const empty = { type: 'WRITE', value: '' } as const;
  return { ...empty, value: 'x'.repeat(Math.max(0, bytes - JSON.stringify(empty).length)) };
}
