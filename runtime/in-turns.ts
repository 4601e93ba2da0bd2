/** Long work in pieces, each in a turn of its own, so that nothing else has to wait for all of it. */
import type { Clock } from './clock.ts';

type Turns = Readonly<{
  clock: Pick<Clock, 'soon'>;
  turn: (work: () => void) => void;
  /** Nothing is to be done any more. */
  isOver: () => boolean;
}>;

/** Does some of it in this turn, and goes on in others while there is more. */
export function inTurns(
  some: () => void,
  isMore: () => boolean,
  { clock, turn, isOver }: Turns,
): () => void {
  let goesOn = false;
  const again = (): void => {
    goesOn = false;
    turn(start);
  };
  function start(): void {
    if (goesOn || isOver()) return;
    some();
    if (!isMore()) return;
    goesOn = true;
    clock.soon(again);
  }
  return start;
}
