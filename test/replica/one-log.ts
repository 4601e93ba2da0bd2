/** A log in our hands, and a replica that it is fed to. */
import assert from 'node:assert/strict';
import type { Chore, EffectId } from '../../machines/protocol/chore.ts';
import { nodeId, proposalId, toIndex, toTerm } from '../../machines/protocol/ids.ts';
import type { Pending } from '../../machines/replica/pending.ts';
import { type Application, createReplica } from '../../machines/replica/replica.ts';
import type { Definition } from '../../machines/replica/replicated.ts';

export function logOf(machines: Readonly<Record<string, Definition>>) {
  const replica = createReplica({ machines });
  let index = 0;
  let term = 1;
  let timeMs = 0;
  const entry = () => {
    index += 1;
    const payload = new Uint8Array();
    return {
      index: toIndex(index),
      term: toTerm(term),
      kind: 'command',
      timeMs,
      seed: 0,
      payload,
    } as const;
  };
  const send = (machine: string, type: string, key = '1') =>
    replica.apply(entry(), {
      proposalId: proposalId(`p${index}`),
      machine,
      key,
      event: { type },
      since: toIndex(index),
    });
  const attend = (chore: Chore) => replica.attend(entry(), chore);
  const lead = (of: number, wallMs = 0, node = 'n1') => {
    term = of;
    return attend({ type: 'tick', node: nodeId(node), term: toTerm(of), wallMs });
  };
  const fire = (timer: number, key = '1', machine = 'order') =>
    attend({ type: 'fire', machine, key, timer });
  const at = (ms: number) => {
    timeMs = ms;
  };
  const pending = (machine = 'order', key = '1'): Pending => {
    const instance = replica.instance(machine, key);
    assert.ok(instance !== undefined);
    return instance.pending;
  };
  const effect = (name: string): EffectId => {
    const found = [...replica.agenda.effects.values()].find(
      ({ effect: { wish } }) =>
        (wish.kind === 'invocation' || wish.kind === 'action') && wish.name === name,
    );
    assert.ok(found !== undefined, `"${name}" is pending`);
    return found.effect.id;
  };
  const view = (key = '1', machine = 'order') => {
    const reading = replica.read(machine, key);
    assert.ok(reading !== 'unknown-machine' && reading.view !== null);
    return reading.view;
  };
  send('lifecycle', 'RUN', 'cluster');
  return { replica, send, attend, lead, fire, at, pending, effect, view };
}

/** It came too late, or concerned no instance: nobody sees a change. */
export const wasIdle = ({ outcome, happened }: Application): boolean =>
  outcome.end === 'committed' && !outcome.accepted && happened === null;
