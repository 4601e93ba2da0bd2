/**
 * The client library that is shipped, over sockets, through the nodes' doors. It asks one node at
 * a time, repeats itself only under the same id, and follows some instances as they change.
 */
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { proposalId, toIndex } from '../../../machines/protocol/ids.ts';
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { Client, Surroundings } from './client.ts';
import { toOutcome } from './outcome.ts';
import { Watches } from './watches.ts';

/** It may try every node once more when its time is all but up … */
const connectMsMax = 1_000;
/** … and gives the last one time to say that there was none left. */
const graceMs = 500;

export function politeClient({ name, world, book, rounds, dice, timeoutMs }: Surroundings): Client {
  const withinMs =
    timeoutMs + graceMs + world.members.length * Math.min(timeoutMs, connectMsMax) + 1;
  const first = dice.integer(0, world.members.length - 1);
  const nodes = [...world.members.slice(first), ...world.members.slice(0, first)];
  const client = world.client(name, nodes);
  const watches = new Watches(name, client, world, book, dice);

  return {
    async propose(load, key, event) {
      watches.maybe(load, key);
      const id = world.newId();
      const instance = `${load.name}/${key}`;
      const operation = book.propose(load, key, name, event, id);
      const reply = { machine: load.name, key, event, proposalId: id, timeoutMs };
      world.witness.asked(proposalId(id));
      const ended = rounds.promised(`${name}'s end of proposal ${id}`, withinMs);
      let outcome: Outcome;
      try {
        outcome = toOutcome(await client.propose(reply));
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        // It reached nobody at all.
        return operation.refused();
      } finally {
        ended();
      }
      world.witness.answered(proposalId(id), instance, outcome);
      if (outcome.end === 'committed') operation.committed(outcome);
      else operation[outcome.end]();
    },

    async read(load, key, consistency) {
      const operation = consistency === 'local' ? null : book.read(load, key, name);
      const instance = `${load.name}/${key}`;
      const floor = consistency === 'local' ? null : world.witness.floor(instance);
      const ended = rounds.promised(`${name}'s end of a read of ${instance}`, withinMs);
      try {
        const question = { machine: load.name, key, consistency, timeoutMs };
        const { index, exists, snapshot: view } = await client.read(question);
        const state = { index: toIndex(index), exists, view };
        world.witness.read(instance, floor, state);
        if (operation === null) book.look(load, key, view);
        else operation.read(state);
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        operation?.unknown();
      } finally {
        ended();
      }
    },

    unwatch: (share) => watches.leave(share),

    close() {
      watches.leave(1);
      client.close();
    },
  };
}
