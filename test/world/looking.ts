/** What can be seen of the nodes of a world: from outside, and by whoever opens them. */
import type { Core } from '../../runtime/core.ts';
import type { NodeService, NodeStatus } from '../../runtime/service.ts';
import { NetworkVerbs } from './network-verbs.ts';

export abstract class Looking extends NetworkVerbs {
  isUp(node: string): boolean {
    return this.nodes.isUp(node);
  }
  /** Whether there is a process: it may still be reading its disk. */
  isRunning(node: string): boolean {
    return this.nodes.isRunning(node);
  }

  service(node: string): NodeService {
    return this.nodes.process(node).service;
  }

  core(node: string): Core {
    return this.nodes.process(node).core;
  }

  statusOf(node: string): NodeStatus {
    return this.service(node).status();
  }

  termsOf(node: string): readonly number[] {
    const { log } = this.core(node).snapshot().context;
    return log.shared.slice(0, log.length).map(({ term }) => term);
  }

  /** The one that leads in the highest term, if some majority is up and says so too. */
  leader(): string | null {
    const all = this.#statuses();
    const term = Math.max(0, ...all.map((status) => status.term));
    const now = all.filter((status) => status.term === term);
    const leading = now.find(({ role }) => role === 'leader');
    const agreeing = now.filter(({ leader }) => leader === leading?.node);
    return agreeing.length * 2 > this.members.length ? (leading?.node ?? null) : null;
  }

  isSettled(): boolean {
    const leader = this.leader();
    if (leader === null || this.service(leader).notReadyBecause() !== null) return false;
    const all = this.#statuses();
    const last = Math.max(...all.map(({ lastIndex }) => lastIndex));
    return all.every(
      (status) =>
        status.leader === leader && status.appliedIndex === last && status.lifecycle !== 'Init',
    );
  }

  #statuses(): readonly NodeStatus[] {
    return this.nodes.services.map((service) => service.status());
  }

  /** Where everybody is, for whoever has to find out what is missing. */
  protected standing(): string {
    return this.members
      .map((member) => {
        if (!this.isUp(member))
          return `${member} is ${this.isRunning(member) ? 'starting' : 'down'}`;
        const { role, term, appliedIndex, lastIndex } = this.statusOf(member);
        return `${member} is ${role} in term ${term} and has applied ${appliedIndex} of ${lastIndex}`;
      })
      .join('; ');
  }
}
