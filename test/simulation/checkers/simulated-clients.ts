/**
 * Clients of one object that really is atomic, overlapping at random: an operation takes effect
 * at one moment between its call and its end, or, where its client gave up, later or never.
 */
import * as fc from 'fast-check';
import type { History, HistoryEvent } from './history.ts';

export type AtomicObject<Input, Output> = Readonly<{
  perform(input: Input): Readonly<{ output: Output }> | 'refused';
}>;

/** What one client does next. What it cannot do where it stands, it does not do. */
export type Move<Input> = Readonly<{
  client: number;
  /** `late` is not a client's: the object does what a client gave up on. */
  act: 'goOn' | 'giveUp' | 'isRefused' | 'late';
  input: Input;
}>;

export const moves = <Input>(
  inputs: fc.Arbitrary<Input>,
  sizes: Readonly<{ clients: number; maxLength: number }>,
): fc.Arbitrary<Move<Input>[]> =>
  fc.array(
    fc.record({
      client: fc.nat(sizes.clients - 1),
      act: fc.oneof(
        { weight: 12, arbitrary: fc.constant('goOn' as const) },
        { weight: 1, arbitrary: fc.constantFrom('giveUp' as const, 'isRefused' as const) },
        { weight: 1, arbitrary: fc.constant('late' as const) },
      ),
      input: inputs,
    }),
    { minLength: Math.floor(sizes.maxLength / 2), maxLength: sizes.maxLength, size: 'max' },
  );

type Doing<Input, Output> =
  | Readonly<{ stage: 'called'; input: Input }>
  | Readonly<{ stage: 'ended'; event: HistoryEvent<Input, Output> }>;

export function historyOf<Input, Output>(
  object: AtomicObject<Input, Output>,
  script: readonly Move<Input>[],
  callsMax = Infinity,
): History<Input, Output> {
  const history: HistoryEvent<Input, Output>[] = [];
  const doing = new Map<string, Doing<Input, Output>>();
  const givenUp: Input[] = [];
  let calls = 0;

  const begin = (client: string, input: Input): void => {
    if (calls === callsMax) return;
    calls += 1;
    doing.set(client, { stage: 'called', input });
    history.push({ type: 'call', client, input });
  };
  const end = (client: string, event: HistoryEvent<Input, Output>): void => {
    doing.delete(client);
    history.push(event);
  };
  const takeEffect = (client: string, input: Input): void => {
    const answer = object.perform(input);
    const event =
      answer === 'refused'
        ? ({ type: 'refused', client } as const)
        : ({ type: 'return', client, output: answer.output } as const);
    doing.set(client, { stage: 'ended', event });
  };

  for (const { client: number, act, input } of script) {
    const client = String(number);
    const now = doing.get(client);
    if (act === 'late') {
      const late = givenUp.shift();
      if (late !== undefined) object.perform(late);
    } else if (now === undefined) {
      begin(client, input);
    } else if (act === 'giveUp') {
      if (now.stage === 'called') givenUp.push(now.input);
      end(client, { type: 'unknown', client });
    } else if (now.stage === 'ended') {
      end(client, now.event);
    } else if (act === 'isRefused') {
      end(client, { type: 'refused', client });
    } else {
      takeEffect(client, now.input);
    }
  }
  return history;
}
