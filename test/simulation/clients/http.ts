/**
 * A client that speaks HTTP, with nothing but the status to go by: one node at a time, and where no
 * answer came, now and then another one under the same id.
 */
import { proposalId, toIndex } from '../../../machines/protocol/ids.ts';
import type { RefusalCode } from '../../../machines/protocol/errors.ts';
import type { Outcome } from '../../../machines/protocol/outcome.ts';
import type { ProposalAnswer, StateAnswer } from '../../../runtime/client/messages.ts';
import type { HttpAnswer } from '../../world/sockets/http-door.ts';
import { together } from '../book.ts';
import type { Client, Surroundings } from './client.ts';
import { toOutcome } from './outcome.ts';

type CommittedAnswer = Extract<ProposalAnswer, { type: 'committed' }>;

const attemptsMax = 3;
/** What may be missing of a second when the node's time is up, and the way there and back. */
const graceMs = 1_000;

export function httpClient({ name, world, book, rounds, dice, timeoutMs }: Surroundings): Client {
  const client = world.httpClient(name);
  const withinMs = timeoutMs + graceMs;
  const pickNode = (): string => dice.pick(world.members);

  return {
    async propose(load, key, event) {
      const id = world.newId();
      const instance = `${load.name}/${key}`;
      const operation = book.propose(load, key, name, event, id);
      const body = { machine: load.name, key, event, proposalId: id, timeoutMs };
      const ended = rounds.promised(`${name}'s end of proposal ${id}`, attemptsMax * withinMs + 1);
      const outcomes: (Outcome | null)[] = [];
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        world.witness.asked(proposalId(id));
        const answer = await client.ask(pickNode(), { target: '/v1/proposals', body }, withinMs);
        if (answer === 'unreached') continue;
        const outcome = answer === null ? null : outcomeOf(answer);
        outcomes.push(outcome);
        if (outcome !== null) world.witness.answered(proposalId(id), instance, outcome);
        if (together(outcomes) !== null || dice.happens(0.5)) break;
      }
      ended();
      const known = together(outcomes);
      if (outcomes.length === 0 || known?.end === 'refused') operation.refused();
      else if (known?.end === 'committed') operation.committed(known);
      else operation.unknown();
    },

    async read(load, key, consistency) {
      const operation = consistency === 'local' ? null : book.read(load, key, name);
      const instance = `${load.name}/${key}`;
      const floor = consistency === 'local' ? null : world.witness.floor(instance);
      // The usual one goes without saying.
      const words = consistency === 'linearizable' ? '' : `consistency=${consistency}&`;
      const path = `/v1/machines/${load.name}/${encodeURIComponent(key)}`;
      const target = `${path}?${words}timeoutMs=${timeoutMs}`;
      const ended = rounds.promised(`${name}'s end of a read of ${instance}`, withinMs + 1);
      const answer = await client.ask(pickNode(), { target, body: null }, withinMs);
      ended();
      if (answer === null || answer === 'unreached' || answer.status !== 200) {
        operation?.unknown();
        return;
      }
      const { index, exists, snapshot: view } = answer.body as StateAnswer;
      const state = { index: toIndex(index), exists, view };
      world.witness.read(instance, floor, state);
      if (operation === null) book.look(load, key, view);
      else operation.read(state);
    },

    unwatch() {},
    close() {},
  };
}

/** By its status alone, as tools do that do not know our words. */
function outcomeOf({ status, body }: HttpAnswer): Outcome {
  if (status === 200) return toOutcome({ ...(body as CommittedAnswer), type: 'committed' });
  if (status === 504) return { end: 'unknown', message: '' };
  const { code, message } = body as { code: RefusalCode; message: string };
  return { end: 'refused', code, message };
}
