/** `n1/instance/order/42`: an instance as one node sees it. Its key is all that follows. */
import type { ActorName } from './protocol.ts';

export type InstanceName = Readonly<{ machine: string; key: string }>;

export function instanceNamed(node: string, actor: ActorName): InstanceName | null {
  const prefix = `${node}/instance/`;
  if (!actor.startsWith(prefix)) return null;
  const rest = actor.slice(prefix.length);
  const slash = rest.indexOf('/');
  if (slash < 1 || slash === rest.length - 1) return null;
  return { machine: rest.slice(0, slash), key: rest.slice(slash + 1) };
}
