/** Several replicas that are fed one log, each with machines of its own. */
import assert from 'node:assert/strict';
import type { Chore, Known } from '../../../machines/protocol/chore.ts';
import type { Entry, MachineEvent } from '../../../machines/protocol/entry.ts';
import { indexZero, nodeId, proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import type { Refusal } from '../../../machines/replica/refusals.ts';
import type { Definition } from '../../../machines/replica/replicated.ts';
import {
  createReplica,
  type Application,
  type Reading,
  type Replica,
} from '../../../machines/replica/replica.ts';

type Fed = (replica: Replica) => Application;
export const names = ['a', 'b', 'c'].map(nodeId);

export class Fellows {
  readonly all: readonly Replica[];
  readonly #fed: Fed[] = [];
  readonly #chores: Chore[] = [];

  constructor(...definitions: readonly Definition[]) {
    this.all = definitions.map((order) => createReplica({ machines: { order } }));
    this.#feed((replica, entry) =>
      replica.apply(entry, {
        proposalId: proposalId('run'),
        machine: 'lifecycle',
        key: 'cluster',
        event: { type: 'RUN' },
        since: indexZero,
      }),
    );
  }

  send(key: string, event: MachineEvent, timeMs = 0): Application {
    const id = proposalId(`p${this.#fed.length}`);
    const command = { proposalId: id, machine: 'order', key, event, since: indexZero };
    return this.#feed((replica, entry) => replica.apply(entry, command), timeMs);
  }

  fire(key: string, timer: number, timeMs: number): Application {
    const chore = { type: 'fire', machine: 'order', key, timer } as const;
    return this.#feed((replica, entry) => replica.attend(entry, chore), timeMs);
  }

  /** That node tells all of them what it has at hand, as a process that has applied everything. */
  tell(
    nth: number,
    known: Known = this.#at(nth).known,
    after = this.all[0]?.knowledge.of(this.#name(nth))?.index ?? indexZero,
  ): Application {
    const node = this.#name(nth);
    const voters = names.slice(0, this.all.length);
    return this.attend({ type: 'knows', node, voters, known, after });
  }

  attend(chore: Chore): Application {
    this.#chores.push(chore);
    return this.#feed((replica, entry) => replica.attend(entry, chore));
  }

  /** As all of them have it. */
  read(key: string): Reading {
    const [one, ...others] = this.all.map((replica) => replica.read('order', key));
    for (const other of others) assert.deepEqual(other, one);
    assert.ok(one !== undefined && one !== 'unknown-machine');
    return one;
  }

  /** Which of its definitions is in force, on all of them. */
  inForce(): string {
    const [one, ...others] = this.all.map((replica) => replica.fingerprintOf('order'));
    for (const other of others) assert.equal(other, one);
    return one ?? '';
  }

  /** Another process, with these machines, that is fed the same log. */
  replay(order: Definition): Replica {
    const wasRefused = ({ machine, successor, at }: Refusal): boolean =>
      this.#chores.some(
        (chore) =>
          chore.type === 'refused' &&
          chore.machine === machine &&
          chore.successor === successor &&
          chore.at === at,
      );
    const replica = createReplica({ machines: { order }, wasRefused });
    for (const fed of this.#fed) fed(replica);
    return replica;
  }

  #feed(to: (replica: Replica, entry: Entry) => Application, timeMs = 0): Application {
    const entry: Entry = {
      index: toIndex(this.#fed.length + 1),
      term: toTerm(1),
      kind: 'command',
      timeMs,
      seed: 0,
      payload: new Uint8Array(),
    };
    const fed: Fed = (replica) => to(replica, entry);
    this.#fed.push(fed);
    const [one, ...others] = this.all.map(fed);
    for (const other of others) assert.deepEqual(other, one);
    assert.ok(one !== undefined);
    return one;
  }

  #at(nth: number): Replica {
    const replica = this.all[nth];
    assert.ok(replica !== undefined);
    return replica;
  }

  #name(nth: number) {
    const name = names[nth];
    assert.ok(name !== undefined);
    return name;
  }
}

export const chainOf = (replica: Replica): readonly string[] =>
  replica.known.find(({ machine }) => machine === 'order')?.chain ?? [];

/** The only node, whose machines each have an instance that has paid. `attend`: it tells what it has. */
export function alone(machines: Readonly<Record<string, Definition>>) {
  const replica = createReplica({ machines });
  const [node] = names;
  assert.ok(node !== undefined);
  let index = 0;
  const entry = (): Entry => {
    index += 1;
    const payload = new Uint8Array();
    const at = { index: toIndex(index), term: toTerm(1), timeMs: 0 };
    return { ...at, kind: 'command', seed: 0, payload };
  };
  const send = (machine: string, key: string, type: string): Application =>
    replica.apply(entry(), {
      proposalId: proposalId(`p${index}`),
      machine,
      key,
      event: { type, cents: 100 },
      since: indexZero,
    });
  send('lifecycle', 'cluster', 'RUN');
  for (const machine of Object.keys(machines)) send(machine, '1', 'PAY');
  const { known } = replica;
  const attend = (): Application =>
    replica.attend(entry(), { type: 'knows', node, voters: [node], known, after: indexZero });
  return { replica, attend };
}
