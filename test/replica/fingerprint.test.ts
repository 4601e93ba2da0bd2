import { describe, expect, test } from 'vitest';
import { and, type AnyStateMachine, assign, createMachine, raise, setup } from 'xstate';
import { fingerprint } from '../../machines/replica/fingerprint.ts';
import { xstate5Engine } from '../../machines/replica/xstate5-engine.ts';

const of = (machine: AnyStateMachine): string => fingerprint(xstate5Engine(machine).describe());

const base = () =>
  setup({
    guards: { may: () => true, must: () => false },
    actions: { set: assign({ n: 1 }) },
  }).createMachine({
    id: 'base',
    context: { n: 0 },
    initial: 'a',
    states: {
      a: { on: { GO: { guard: 'may', target: 'b', actions: 'set' }, TRY: 'b' } },
      b: { entry: raise({ type: 'GO' }) },
    },
  });

test('the same definition has the same fingerprint, however often it is made', () => {
  expect(of(base())).toBe(of(base()));
  expect(of(base().provide({}))).toBe(of(base()));
});

test('a fingerprint is the same in every process, so this one is written down', () => {
  expect(fingerprint({ a: [1, 'é', null] })).toBe('ab0378a3a676b200');
  expect(fingerprint('')).toMatch(/^[0-9a-f]{16}$/);
});

test('the order in which implementations were listed does not count', () => {
  const [may, must] = [() => true, () => false];
  const one = createMachine({}, { guards: { may, must } });
  const other = createMachine({}, { guards: { must, may } });
  expect(of(one)).toBe(of(other));
});

describe('a different definition has a different fingerprint', () => {
  const config = () => base().config as Record<string, never>;
  const again = (change: object) => createMachine({ ...config(), ...change } as never);
  const variants: Record<string, AnyStateMachine> = {
    base: base(),
    'another id': again({ id: 'other' }),
    'another version': again({ version: '2' }),
    'another context': again({ context: { n: 1 } }),
    'a context that JSON would not tell from it': again({ context: { n: Number.NaN } }),
    'nor this': again({ context: { n: Infinity } }),
    'nor this, with null': again({ context: { n: null } }),
    'nor this, with a date': again({ context: { n: new Date(0) } }),
    'nor this, with a map': again({ context: { n: new Map([[1, 2]]) } }),
    'nor this, with a set': again({ context: { n: new Set([1]) } }),
    'nor this, with a number in words': again({ context: { n: 1n } }),
    'nor this, with an expression': again({ context: { n: /x/ } }),
    'a context made by a function': again({ context: () => ({ n: 0 }) }),
    'a context made by another function': again({ context: () => ({ n: 1 }) }),
    'another initial state': again({ initial: 'b' }),
    'states in another order': again({ states: { b: {}, a: {} } }),
    'states in this order': again({ states: { a: {}, b: {} } }),
    'another guard': base().provide({ guards: { may: () => false } }),
    'a guard of guards': base().provide({ guards: { may: and(['must', 'must']) } }),
    'a guard of other guards': base().provide({ guards: { may: and(['must', 'may']) } }),
    'another assign': base().provide({ actions: { set: assign({ n: 2 }) } }),
    'an assign by a function': base().provide({ actions: { set: assign(() => ({ n: 2 })) } }),
    'an assign by another function': base().provide({ actions: { set: assign(() => ({ n: 3 })) } }),
    'another raise': base().provide({ actions: { set: raise({ type: 'GO' }) } }),
    'yet another raise': base().provide({ actions: { set: raise({ type: 'TRY' }) } }),
    'a description in a context': again({ context: { n: 0, description: 'x' } }),
  };

  test('all of these', () => {
    const prints = Object.entries(variants).map(([name, machine]) => [of(machine), name] as const);
    expect(new Map(prints).size).toBe(prints.length);
  });
});

test('a definition that holds itself, or something twice, is told all the same', () => {
  const twice = { x: 1 };
  const circle: Record<string, unknown> = { twice, again: twice };
  circle['self'] = circle;
  expect(of(createMachine({ context: circle }))).toMatch(/^[0-9a-f]{16}$/);
});

test('texts that differ in one place have fingerprints that differ in about half of the bits', () => {
  const bits = (a: string, b: string) =>
    (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll('0', '').length;
  const texts = Array.from({ length: 500 }, (_, n) => fingerprint(`text number ${n}`));
  const distances = texts.slice(1).map((print, n) => bits(print, texts[n]!));
  const mean = distances.reduce((sum, each) => sum + each, 0) / distances.length;
  expect(mean).toBeGreaterThan(30);
  expect(mean).toBeLessThan(34);
  expect(Math.min(...distances)).toBeGreaterThan(10);
});
