/** Which of its definitions a machine's instances are of now: upgrades come into force by the log. */
import type { AnyStateMachine } from 'xstate';
import { lifecycleMachine, lifecycleName } from '../../../machines/lifecycle.ts';
import type { Replica } from '../../../machines/replica/replica.ts';
import { chainOf, type Definition } from '../../../machines/replica/replicated.ts';

type Known = Pick<Replica, 'known' | 'fingerprintOf'>;

/** Undefined where there is no machine of that name. */
export function definitionInForce(
  replica: Known,
  machines: Readonly<Record<string, Definition>>,
): (name: string) => AnyStateMachine | undefined {
  return (name) => {
    if (name === lifecycleName) return lifecycleMachine;
    if (!Object.hasOwn(machines, name)) return undefined;
    const definitions = chainOf(machines[name] as Definition);
    // Only those with more than one are known by their whole chain.
    const chain = replica.known.find(({ machine }) => machine === name)?.chain ?? [];
    const place = chain.indexOf(replica.fingerprintOf(name) ?? '');
    return definitions[Math.max(place, 0)]?.machine;
  };
}
