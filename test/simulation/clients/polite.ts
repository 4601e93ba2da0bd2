/**
 * The client library that is shipped, over sockets, through the nodes' doors. It asks one node at
 * a time, repeats itself only under the same id, and follows some instances as they change.
 */
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { unreachable } from '../../../machines/protocol/invariant.ts';
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { ProposalAnswer } from '../../../runtime/client/messages.ts';
import type { Chance } from '../../world/random.ts';
import type { World } from '../../world/world.ts';
import type { Book } from '../book.ts';
import type { Client } from './client.ts';

const watchesMax = 4;

export function politeClient(
  name: string,
  world: World,
  book: Book,
  dice: Chance,
  timeoutMs: number,
): Client {
  const first = dice.integer(0, world.members.length - 1);
  const nodes = [...world.members.slice(first), ...world.members.slice(0, first)];
  const client = world.client(name, nodes);
  const watches: AbortController[] = [];

  const follow = (machine: string, key: string): void => {
    if (watches.length >= watchesMax || !dice.happens(0.05)) return;
    const watch = new AbortController();
    watches.push(watch);
    const shown = world.witness.subscribed(`${name}, watch ${watches.length}`, `${machine}/${key}`);
    const watcher = {
      seen: ({ index, snapshot, resync, event }: SeenState): void => {
        // The state that it begins with, or begins with anew, is of no event of its own.
        shown(index, snapshot, resync === true || event === undefined);
      },
      interrupted: () => {},
      signal: watch.signal,
    };
    client
      .watch({ machine, key, afterIndex: dice.happens(0.5) ? 0 : null }, watcher)
      .catch((error: unknown) => {
        if (!(error instanceof QuorateError)) world.find('no defect', `${name}: ${String(error)}`);
      });
  };

  return {
    async propose(load, key, event) {
      follow(load.name, key);
      const id = world.newId();
      const instance = `${load.name}/${key}`;
      const operation = book.propose(load, key, name, event);
      const reply = { machine: load.name, key, event, proposalId: id, timeoutMs };
      world.witness.asked(proposalId(id));
      let outcome: Outcome;
      try {
        outcome = toOutcome(await client.propose(reply));
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        // It reached nobody at all.
        return operation.refused();
      }
      world.witness.answered(proposalId(id), instance, outcome);
      if (outcome.end === 'committed') operation.committed(outcome.accepted, outcome.view);
      else operation[outcome.end]();
    },

    async read(load, key, consistency) {
      const operation = consistency === 'local' ? null : book.read(load, key, name);
      const instance = `${load.name}/${key}`;
      const floor = consistency === 'local' ? null : world.witness.floor(instance);
      try {
        const question = { machine: load.name, key, consistency, timeoutMs };
        const { index, exists, snapshot: view } = await client.read(question);
        world.witness.read(instance, floor, { index: toIndex(index), exists, view });
        if (operation === null) book.look(load, key, view);
        else operation.read(view);
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        operation?.unknown();
      }
    },

    close() {
      for (const watch of watches) watch.abort();
      client.close();
    },
  };
}

type SeenState = Parameters<Parameters<ReturnType<World['client']>['watch']>[1]['seen']>[0];

function toOutcome(answer: ProposalAnswer): Outcome {
  switch (answer.type) {
    case 'committed': {
      const { index, term, accepted, snapshot: view = null, emitted = [] } = answer;
      return {
        end: 'committed',
        index: toIndex(index),
        term: toTerm(term),
        accepted,
        view,
        emitted,
      };
    }
    case 'refused':
      return { end: 'refused', code: answer.code, message: answer.message };
    case 'unknown':
      return { end: 'unknown', message: answer.message };
    default:
      return unreachable(answer);
  }
}
