/**
 * A client that trusts nobody and spares nobody: it asks several nodes at once under one id, asks
 * again after it was answered, and goes on while an answer is outstanding. It speaks to the nodes'
 * service itself; the polite client goes through doors and sockets.
 */
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { ReadOutcome } from '../../../runtime/service.ts';
import { together } from '../book.ts';
import type { Client, Surroundings } from './client.ts';

const attemptsMax = 4;

export function roughClient({ name, world, book, rounds, dice, timeoutMs }: Surroundings): Client {
  const upOnes = (): readonly string[] => world.members.filter((member) => world.isUp(member));

  /** Null: its node went down before it answered. */
  const send = (node: string, load: string, key: string, event: { type: string }, id: string) =>
    new Promise<Outcome | null>((resolve) => {
      const ended = rounds.asked(node, `proposal ${id}`, timeoutMs);
      world.propose(node, event, {
        machine: load,
        key,
        id,
        timeoutMs,
        over: ({ outcome }) => {
          ended();
          resolve(outcome);
        },
      });
    });

  return {
    async propose(load, key, event) {
      const id = world.newId();
      const operation = book.propose(load, key, name, event, id);
      const outcomes: (Outcome | null)[] = [];
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        const nodes = upOnes();
        if (nodes.length > 0) {
          const asked = dice.happens(0.15)
            ? [dice.pick(nodes), dice.pick(nodes)]
            : [dice.pick(nodes)];
          const answers = asked.map((node) => send(node, load.name, key, event, id));
          outcomes.push(...(await Promise.all(answers)));
          if (together(outcomes) !== null && dice.happens(0.9)) break;
        }
        await world.sleep(dice.integer(1, 100));
      }
      const known = together(outcomes);
      if (outcomes.length === 0 || known?.end === 'refused') operation.refused();
      else if (known?.end === 'committed') operation.committed(known);
      else operation.unknown();
    },

    async read(load, key, consistency) {
      const nodes = upOnes();
      if (nodes.length === 0) return;
      const operation = consistency === 'local' ? null : book.read(load, key, name);
      const node = dice.pick(nodes);
      const answer = await new Promise<ReadOutcome | null>((resolve) => {
        const ended = rounds.asked(node, `a read of ${load.name}/${key}`, timeoutMs);
        const over = (reading: { answer: ReadOutcome | null }): void => {
          ended();
          resolve(reading.answer);
        };
        world.read(node, { machine: load.name, key, consistency, timeoutMs, over });
      });
      if (answer === null || 'end' in answer) operation?.unknown();
      else if (operation === null) book.look(load, key, answer.view);
      else operation.read(answer);
    },

    unwatch() {},
    close() {},
  };
}
