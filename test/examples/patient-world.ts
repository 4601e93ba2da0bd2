/** A world with a client that asks again and again, whichever nodes come and go, until it is told. */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import type { InstanceView } from '../../machines/protocol/outcome.ts';
import type { NodeService } from '../../runtime/service.ts';
import type { Asking, ProposeOptions } from '../world/clients.ts';
import type { Process } from '../world/process.ts';
import { World } from '../world/world.ts';

export type Address = Readonly<{ machine: string; key: string; input?: unknown }>;

const patienceMs = 60_000;
/** A node that sleeps does not answer. */
const askAgainAfterMs = 2_000;

export class PatientWorld extends World {
  /** Until it is in the log and applied, once. */
  async insist(event: MachineEvent, address: Address): Promise<void> {
    const id = this.newId();
    let asked = 0;
    let isDone = false;
    const over = ({ outcome }: Asking): void => {
      isDone ||= outcome?.end === 'committed';
    };
    const ask = (): void => {
      if (isDone) return;
      const node = this.#whoIsUp()[asked % 3];
      asked += 1;
      if (node !== undefined) {
        this.#proposeWith(node, event, { ...address, id, timeoutMs: 1_500, over });
      }
      this.after(askAgainAfterMs, ask);
    };
    ask();
    await this.runUntil(() => isDone, patienceMs);
  }

  async until({ machine, key }: Address, holds: (view: InstanceView) => boolean): Promise<void> {
    await this.runUntil(() => {
      const view = this.latest()?.peek(machine, key)?.view ?? null;
      return view !== null && holds(view);
    }, patienceMs);
  }

  /** The node that knows most. */
  latest(): NodeService | undefined {
    return this.#whoIsUp()
      .map((node) => this.service(node))
      .toSorted((a, b) => b.status().appliedIndex - a.status().appliedIndex)[0];
  }

  #whoIsUp(): readonly string[] {
    return this.members.filter((node) => this.isUp(node));
  }

  #proposeWith(
    node: string,
    event: MachineEvent,
    { input, ...options }: ProposeOptions & { id: string; input?: unknown },
  ): void {
    const process = this.nodes.find(node);
    const propose: Process['service']['propose'] = (request, listener) =>
      process?.service.propose({ ...request, input }, listener);
    const asked = process && { ...process, service: { ...process.service, propose } };
    this.clients.propose(asked, node, event, options.id, options);
  }
}
