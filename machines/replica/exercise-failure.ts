/**
 * What it means that a step failed. User code that throws is the user's business, and ends the
 * same on every node: often it only wants a payload that the check could not make up. What the
 * engine had to forbid is another matter.
 */
import { limits } from '../protocol/limits.ts';
import type { Take } from './exercise-take.ts';
import type { Finding } from './replicable-problem.ts';

type Failure =
  | Readonly<{ isProblem: true; finding: Finding }>
  | Readonly<{ isProblem: false; what: string }>;

const endless = /^it took more than \d+ microsteps|^Infinite loop detected/;
const unimplemented =
  /^Actor logic '.*' not implemented|Guard '.*' is not implemented|, which is not implemented$/;
/** The engine's own words for what leads out of the instance. */
const outward =
  /^(it (sends|inspects|sets a timer|subscribes|listens|nests actors)\b|a reducer of it defers|an actor of a replicated machine was used outside)/;

export function failureFinding({ failure, to, isBroken }: Take): Failure | null {
  if (failure === null) {
    const missing = to?.standing.missing[0];
    if (missing === undefined) return null;
    return problem('not-implemented', `spawns the actor "${missing}", which is not implemented`);
  }
  const { message } = failure;
  if (endless.test(message)) {
    return {
      isProblem: true,
      finding: {
        code: 'never-rests',
        what: `goes on and on: after ${limits.microstepsPerEventMax.toLocaleString('en')} steps of its own it has not come to rest`,
        remedy: 'Guard its `always`, or what it raises, so that it ends.',
      },
    };
  }
  if (unimplemented.test(message)) {
    const isOurs = message.startsWith('it ');
    return problem(
      'not-implemented',
      isOurs ? bare(message) : `asks for what is not there: ${bare(message)}`,
    );
  }
  if (outward.test(message)) {
    return {
      isProblem: true,
      finding: {
        code: 'reaches-outside',
        what: bare(message),
        remedy:
          'A machine reaches its own children, and other instances by `sendToInstance`; all else is for its effects.',
      },
    };
  }
  return { isProblem: false, what: `${isBroken ? 'it breaks' : 'it throws'}: ${message}` };
}

const bare = (message: string): string => message.replace(/^it /, '').replace(/\.$/, '');

const problem = (code: 'not-implemented', what: string): Failure => ({
  isProblem: true,
  finding: {
    code,
    what,
    remedy: 'Implement it in `setup({ actions, guards, actors })` or with `machine.provide`.',
  },
});
