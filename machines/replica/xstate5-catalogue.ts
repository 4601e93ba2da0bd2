/**
 * Names for the code that a machine's definition holds: its actions, and the logic of its
 * children. Most of it has a name of its own; the rest is named by the place where it stands. So
 * an effect that is waited for, or a child, can be told as plain data, and found again by another
 * node, or by the next version of the machine.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { isMachine } from './xstate5-effects.ts';
import { statesOf } from './xstate5-snapshot.ts';

export type Catalogue = Readonly<{
  /** Undefined where the definition does not show it: code within code. */
  nameOf(code: object): string | undefined;
  find(name: string): object | undefined;
}>;

export function catalogueOf(machine: AnyStateMachine): Catalogue {
  const names = new Map<object, string>();
  const byName = new Map<string, object>();
  const entries: [string, object][] = [['', machine]];

  // Machines may hold each other.
  for (const [name, code] of entries) {
    if (names.has(code)) continue;
    names.set(code, name);
    byName.set(name, code);
    if (isMachine(code)) entries.push(...partsOf(code, name));
    else entries.push(...spawnedBy(code, name));
  }
  return { nameOf: (code) => names.get(code), find: (name) => byName.get(name) };
}

function partsOf(machine: AnyStateMachine, under: string): [string, object][] {
  const { actions, actors } = machine.implementations;
  return [
    ...named(Object.entries(actions), `${under}/actions`),
    ...named(Object.entries(actors), `${under}/actors`),
    ...statesOf(machine.root).flatMap((node) => partsOfState(node, `${under}/#${node.id}`)),
  ];
}

function partsOfState(node: AnyStateNode, under: string): [string, object][] {
  const transitions = [...node.transitions].flatMap(([type, list]) =>
    list.flatMap(({ actions }, nth) => named(listed(actions), `${under}/on/${type}/${nth}`)),
  );
  const always = (node.always ?? []).flatMap(({ actions }, nth) =>
    named(listed(actions), `${under}/always/${nth}`),
  );
  const initial = node.type === 'compound' ? node.initial.actions : [];
  const invoked = ([] as { src?: unknown }[]).concat(node.config.invoke ?? []);
  return [
    ...named(listed(node.entry), `${under}/entry`),
    ...named(listed(node.exit), `${under}/exit`),
    ...named(listed(initial), `${under}/initial`),
    ...transitions,
    ...always,
    ...named(listed(invoked.map(({ src }) => src)), `${under}/invoke`),
  ];
}

/** The logic that a `spawnChild` action names by itself. */
const spawnedBy = (code: object, under: string): [string, object][] =>
  'src' in code ? named([['src', code.src]], under) : [];

const listed = (items: readonly unknown[]): (readonly [string, unknown])[] =>
  items.map((item, nth) => [String(nth), item]);

/** What has no identity is its own name. */
const named = (parts: readonly (readonly [string, unknown])[], under: string): [string, object][] =>
  parts.flatMap(([name, code]) =>
    typeof code === 'function' || (typeof code === 'object' && code !== null)
      ? [[`${under}/${name}`, code] as [string, object]]
      : [],
  );
