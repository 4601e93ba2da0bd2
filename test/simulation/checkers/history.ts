/**
 * What clients did and what they were told, in the order in which an observer saw it. Times do
 * not matter, only who was before whom, so nothing ever happens at the same moment.
 */

export type HistoryEvent<Input, Output> =
  | Readonly<{ type: 'call'; client: string; input: Input }>
  | Readonly<{ type: 'return'; client: string; output: Output }>
  /** It certainly did not and will not take effect. */
  | Readonly<{ type: 'refused'; client: string }>
  /** The client stopped waiting: it takes effect at any time after its call, or never. */
  | Readonly<{ type: 'unknown'; client: string }>;

export type History<Input, Output> = readonly HistoryEvent<Input, Output>[];

export type Operation<Input, Output> = Readonly<{
  client: string;
  input: Input;
  /** What the client was told; undefined where it never learnt. */
  output: Output | undefined;
  /** Position in the history. */
  calledAt: number;
  /** Position in the history; infinity where the client never learnt. */
  returnedAt: number;
}>;

/**
 * Pairs each call with its end, in order of the calls. Refused operations are left out; one that
 * has not ended when the history does is unknown. Throws where a client does two things at a time.
 */
export function operationsOf<Input, Output>(
  history: History<Input, Output>,
): Operation<Input, Output>[] {
  type Calling = Readonly<{ input: Input; calledAt: number }>;
  const calling = new Map<string, Calling>();
  const operations: Operation<Input, Output>[] = [];

  const unknown = (client: string, call: Calling): void => {
    operations.push({ client, ...call, output: undefined, returnedAt: Infinity });
  };
  for (const [at, event] of history.entries()) {
    const { client } = event;
    const call = calling.get(client);
    if (event.type === 'call') {
      if (call !== undefined) throw new Error(`event ${at}: client ${client} is still waiting`);
      calling.set(client, { input: event.input, calledAt: at });
      continue;
    }
    if (call === undefined) throw new Error(`event ${at}: client ${client} has asked nothing`);
    calling.delete(client);
    if (event.type === 'return') {
      operations.push({ client, ...call, output: event.output, returnedAt: at });
    }
    if (event.type === 'unknown') unknown(client, call);
  }
  for (const [client, call] of calling) unknown(client, call);
  return operations.toSorted((a, b) => a.calledAt - b.calledAt);
}
