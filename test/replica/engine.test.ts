import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyMachineSnapshot, createActor } from 'xstate';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { Engine, Snapshot } from '../../machines/replica/engine.ts';
import { xstate5Engine } from '../../machines/replica/xstate5-engine.ts';
import { type Chart, charts } from './charts.ts';

/** The obvious way: a plain XState actor of this process. */
function localActor({ machine, input }: Chart) {
  const emitted: unknown[] = [];
  const logged: unknown[] = [];
  const actor = createActor(machine, {
    input,
    logger: (...said: unknown[]) =>
      logged.push(said.length > 1 ? { label: said[0], value: said[1] } : { value: said[0] }),
  });
  actor.on('*', (event) => emitted.push(event));
  actor.start();
  const taken = () => ({ emitted: emitted.splice(0), logged: logged.splice(0) });
  const snapshot = (): AnyMachineSnapshot => actor.getSnapshot();
  const send = (event: MachineEvent): void => {
    // XState would print a warning.
    if (snapshot().status === 'active') actor.send(event);
  };
  return { snapshot, send, taken };
}

const shown = ({ status, value, context, output }: AnyMachineSnapshot) =>
  output === undefined ? { status, value, context } : { status, value, context, output };

const eventsOf = ({ events }: Chart) => fc.array(fc.constantFrom(...events), { maxLength: 40 });

describe.each(Object.entries(charts))('the chart %s', (_name, chart) => {
  const engine = xstate5Engine(chart.machine);

  test('takes every sequence of events exactly as a local actor does', () => {
    const check = (events: readonly MachineEvent[]) => {
      const local = localActor(chart);
      let { snapshot, emitted, logged } = engine.init(chart.input);
      expect(engine.view(snapshot)).toEqual(shown(local.snapshot()));
      expect({ emitted, logged }).toEqual(local.taken());

      for (const event of events) {
        const before = local.snapshot();
        const can = before.status === 'active' && before.can(event);
        local.send(event);
        const stepped = engine.apply(snapshot, event);
        ({ snapshot, emitted, logged } = stepped);

        expect(engine.view(snapshot)).toEqual(shown(local.snapshot()));
        expect(keyOrder(engine.view(snapshot).value)).toBe(keyOrder(local.snapshot().value));
        expect({ emitted, logged }).toEqual(local.taken());
        expect(stepped.accepted).toBe(can || local.snapshot() !== before);
      }
    };
    fc.assert(fc.property(eventsOf(chart), check), { numRuns: 150 });
  });

  test('goes on from a serialized snapshot as if nothing had happened', () => {
    const check = (before: readonly MachineEvent[], after: readonly MachineEvent[]) => {
      const step = (snapshot: Snapshot, event: MachineEvent) =>
        engine.apply(snapshot, event).snapshot;
      let live = before.reduce(step, engine.init(chart.input).snapshot);
      const plainly = (by: Engine, each: Snapshot) => JSON.stringify(by.serialize(each));
      const stored: unknown = JSON.parse(plainly(engine, live));
      // The node that restores it has made its own copy of the machine.
      const other = xstate5Engine(chart.machine.provide({}));
      let restored = other.hydrate(stored).snapshot;

      expect(other.view(restored)).toEqual(engine.view(live));
      for (const event of after) {
        const { snapshot: a, ...did } = engine.apply(live, event);
        const { snapshot: b, ...didToo } = other.apply(restored, event);
        [live, restored] = [a, b];
        expect(didToo).toEqual(did);
        expect(plainly(other, b)).toBe(plainly(engine, a));
      }
    };
    fc.assert(fc.property(eventsOf(chart), eventsOf(chart), check), { numRuns: 100 });
  });
});

const keyOrder = (value: unknown): string => JSON.stringify(value);

test('a machine takes events it does not know by name for as long as anybody sends them', () => {
  const { machine } = charts['wild']!;
  const engine = xstate5Engine(machine);
  const local = createActor(machine).start();
  let { snapshot } = engine.init(undefined);
  for (let n = 0; n < 3_000; n += 1) {
    const event = {
      type: n % 7 === 0 ? 'sensor.heat.high' : n % 5 === 0 ? 'CALM' : `made.up.${n}`,
    };
    local.send(event);
    ({ snapshot } = engine.apply(snapshot, event));
    expect(engine.view(snapshot)).toEqual(shown(local.getSnapshot()));
    // The copy that made-up names were tried on is not kept alive by what came out of it.
    const { root } = snapshot as unknown as { root: AnyMachineSnapshot };
    const { machine: holder, _nodes: active } = root;
    expect(holder).toBe(machine);
    expect(active.every((node) => node.machine === machine)).toBe(true);
  }
});

test('a history state remembers across events that the machine does not know by name', () => {
  const engine = xstate5Engine(charts['player']!.machine);
  const { snapshot } = ['PLAY', 'STOP', 'knock.twice', 'RESUME'].reduce(
    (stepped, type) => engine.apply(stepped.snapshot, { type }),
    engine.init(undefined),
  );
  expect(engine.view(snapshot)).toMatchObject({
    value: { playing: { slow: 'quiet' } },
    context: { order: ['play', 'knock', 'play'] },
  });
});
