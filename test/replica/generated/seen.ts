/** What can be seen of an instance at rest, so that a replica's and a plain actor's compare. */
import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';

/** Of what stands for an effect that is over; what it was given is compared when it begins. */
const hidden = new Set(['_subscription', 'input']);

/** Sessions are counted from the machine's own actor. */
export function shownFrom(own: string): (value: unknown) => unknown {
  const first = Number(own.slice(2));
  const counted = (text: string): string =>
    text.replaceAll(/\bx:(\d+)/g, (_, n: string) => `x:${Number(n) - first}`);

  const shown = (value: unknown): unknown => {
    if (typeof value === 'string') return counted(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(shown);
    if (value instanceof Error) return { error: counted(value.message) };
    if (isActor(value)) return { actor: counted(value.sessionId) };
    if ('machine' in value) return tree(value as AnyMachineSnapshot);
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !hidden.has(name))
        .map(([name, part]) => [counted(name), shown(part)]),
    );
  };
  const tree = ({
    status,
    value,
    context,
    output,
    error,
    children,
  }: AnyMachineSnapshot): object => ({
    status,
    value: JSON.stringify(value),
    context: shown(context),
    output: shown(output),
    error: shown(error),
    children: Object.entries(children as Record<string, AnyActorRef | undefined>).map(
      ([id, child]) => [
        counted(id),
        child === undefined
          ? null
          : { actor: counted(child.sessionId), snapshot: shown(child.getSnapshot()) },
      ],
    ),
  });
  return shown;
}

/** What stands for an actor has such fields as well, and does not show them. */
const isActor = (value: object): value is AnyActorRef => 'sessionId' in value && 'send' in value;
