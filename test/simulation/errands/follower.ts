/**
 * Follows the log as the nodes apply it, by hand: each entry counts when the first node applies it.
 * What the nodes come to is compared, and the checkers are told what was asked for, and what came.
 */
import type { Chore } from '../../../machines/protocol/chore.ts';
import type { Command, Entry, MachineEvent } from '../../../machines/protocol/entry.ts';
import type { NodeId } from '../../../machines/protocol/ids.ts';
import type { InstanceView } from '../../../machines/protocol/outcome.ts';
import type { Application, Replica } from '../../../machines/replica/replica.ts';
import { isSameData } from '../../world/checks/same-data.ts';
import { delays } from '../checkers/errands/delays.ts';
import { effectPolicy } from '../checkers/errands/effect-policy.ts';
import { migration } from '../checkers/errands/migration.ts';
import { sends } from '../checkers/errands/sends.ts';
import type { Errand, Stand } from './errand.ts';
import { flawOfStock } from './shop.ts';

type Find = (check: string, what: string) => void;

export class Follower {
  readonly delays = delays();
  readonly effects = effectPolicy();
  readonly sends = sends();
  readonly migration: ReturnType<typeof migration>;
  readonly #errands: ReadonlyMap<string, Errand>;
  readonly #stands = new Map<string, Stand>();
  readonly #find: Find;
  /** What instances wait for after an entry, as the first node has it. */
  readonly #pending: string[] = [];
  #seenThrough = 0;

  constructor(errands: readonly Errand[], members: readonly NodeId[], find: Find) {
    this.#errands = new Map(errands.map((errand) => [errand.machine, errand]));
    this.migration = migration('kettle', members);
    this.#find = find;
  }

  applied(
    node: NodeId,
    entry: Entry,
    work: Command | Chore | null,
    application: Application | null,
    replica: Replica,
  ): void {
    const isFirst = entry.index > this.#seenThrough;
    if (isFirst) this.#seenThrough = entry.index;
    if (isFirst && work !== null && application !== null) this.#follow(entry, work, application);
    this.#check('one migration', this.migration.applied(node, entry.index, replica));
    const { happened = null } = application ?? {};
    if (happened !== null) this.#compare(node, entry.index, happened, replica);
  }

  /** What is still waited for, by the checks that say so. */
  left(): ReadonlyMap<string, readonly string[]> {
    return new Map([
      ['delays', this.delays.left()],
      ['effect policy', this.effects.unfinished()],
      ['sends', this.sends.left()],
    ]);
  }

  /** A node has everything that there is: its instances stand where the log has brought them. */
  look(node: NodeId, replica: Replica): void {
    for (const [name, stand] of this.#stands) {
      const [machine = '', key = ''] = name.split('/');
      const instance = replica.instance(machine, key);
      this.#compareView(`${node}'s ${name}`, stand, instance?.view ?? null);
      const { timers = [], effects = [] } = instance?.pending ?? {};
      if (timers.length + effects.length === 0) continue;
      this.#find('same everywhere', `${node}'s ${name} waits for what is over`);
    }
  }

  #check(name: string, finding: string | null): void {
    if (finding !== null) this.#find(name, finding);
  }

  #follow(entry: Entry, work: Command | Chore, application: Application): void {
    if ('chore' in work) return;
    if (!('type' in work)) return this.#followCommand(entry, work, application);
    this.#followChore(entry, work, application);
    if (application.upgraded?.includes('kettle') === true) this.#goOver('kettle');
  }

  #followCommand(entry: Entry, { machine, key }: Command, application: Application): void {
    if (!this.#errands.has(machine) || application.duplicate) return;
    const { happened, outcome } = application;
    if (happened !== null) return this.#step(entry, happened, application);
    if (outcome.end === 'refused' && outcome.code === 'machine-error') {
      this.#find('by hand', `${machine}/${key} fails at ${entry.index}: ${outcome.message}`);
    }
  }

  #followChore(entry: Entry, chore: Chore, application: Application): void {
    const { happened, outcome, failure } = application;
    switch (chore.type) {
      case 'tick':
        return this.delays.ticked(chore, entry);
      case 'knows':
        return this.migration.knows(chore);
      case 'claim':
        return this.effects.claimed(chore, entry);
      case 'done':
        for (const id of chore.effects) this.#check('effect policy', this.effects.done(id, entry));
        return;
      case 'fire': {
        if (happened === null) return;
        const instance = `${chore.machine}/${chore.key}`;
        this.#check('delays', this.delays.fired(instance, happened.event.type, entry));
        return this.#step(entry, happened, application);
      }
      case 'hear': {
        if (happened === null) return;
        const instance = `${chore.machine}/${chore.key}`;
        this.#check('effect policy', this.effects.heard(instance, chore.effect, chore.said, entry));
        return this.#step(entry, happened, application);
      }
      case 'deliver': {
        const from = `${chore.machine}/${chore.key}`;
        if (outcome.end === 'refused') {
          return this.#check(
            'sends',
            this.sends.dropped(from, entry.index, failure?.message ?? ''),
          );
        }
        if (happened === null) return;
        this.#check('sends', this.sends.arrived(from, happened, entry.index));
        return this.#step(entry, happened, application);
      }
      case 'refused':
        return;
    }
  }

  #step(
    entry: Entry,
    { machine, key, event }: Readonly<{ machine: string; key: string; event: MachineEvent }>,
    { outcome }: Application,
  ): void {
    const errand = this.#errands.get(machine);
    if (errand === undefined || outcome.end !== 'committed') return;
    const name = `${machine}/${key}`;
    const from = this.#stands.get(name) ?? this.#startOf(errand);
    const step = errand.byHand.take(from, event);
    const stand = step?.stand ?? from;
    this.#stands.set(name, stand);
    if (step !== null) {
      const { runs, acts, sends: sent } = step;
      this.delays.stepped(name, step, entry, errand.missedDeadlines ?? 'remaining');
      if (runs === null) this.effects.left(name, entry.index);
      else if (runs !== undefined) this.effects.asked(name, runs, entry.index);
      if (acts !== undefined) this.effects.acts(acts, entry.index);
      if (sent !== undefined) this.sends.sent(name, sent);
    }
    this.#compareView(`${name}, after "${event.type}" at ${entry.index},`, stand, outcome.view);
    const flaw = machine === 'stock' ? flawOfStock(stand.context) : null;
    this.#check('workload', flaw === null ? null : `${name}: ${flaw}`);
  }

  #startOf({ machine, byHand }: Errand): Stand {
    const isUpgraded = machine === 'kettle' && this.migration.at !== null;
    return isUpgraded && byHand.upgraded ? byHand.upgraded(byHand.start) : byHand.start;
  }

  #goOver(machine: string): void {
    const { upgraded } = this.#errands.get(machine)?.byHand ?? {};
    if (upgraded === undefined) return;
    for (const [name, stand] of this.#stands) {
      if (name.startsWith(`${machine}/`)) this.#stands.set(name, upgraded(stand));
    }
  }

  #compareView(what: string, { value, context }: Stand, view: InstanceView | null): void {
    if (view !== null && isSameData(view.value, value) && isSameData(view.context, context)) return;
    const stands = JSON.stringify(view && { value: view.value, context: view.context });
    this.#find(
      'by hand',
      `${what} stands at ${stands}, and should at ${JSON.stringify({ value, context })}`,
    );
  }

  /** What no view shows: deadlines and effects, of one instance, after one entry. */
  #compare(
    node: NodeId,
    index: number,
    { machine, key }: Readonly<{ machine: string; key: string }>,
    replica: Replica,
  ): void {
    const { timers = [], effects = [] } = replica.instance(machine, key)?.pending ?? {};
    const now = [
      ...timers.map(({ timer, event, dueMs }) => `${timer} ${event.type} ${dueMs}`),
      ...effects.map(({ id, claimedIn }) => `${id} ${claimedIn ?? 'free'}`),
    ].join(', ');
    const known = (this.#pending[index] ??= now);
    if (known === now) return;
    this.#find(
      'same everywhere',
      `${machine}/${key} waits at ${index} for ${now} on ${node}, and for ${known} elsewhere`,
    );
  }
}
