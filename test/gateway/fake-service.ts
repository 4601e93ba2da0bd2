/**
 * A node without a cluster: machines that note what they were sent. Everything is applied at once
 * and answered in the next turn, unless a test takes an outcome into its own hands.
 */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { nodeId, toIndex, toTerm, type LogIndex } from '../../machines/protocol/ids.ts';
import type { Committed, InstanceView, Outcome, Refused } from '../../machines/protocol/outcome.ts';
import type {
  AppliedEvent,
  InstanceState,
  NodeService,
  NodeStatus,
  ProposeListener,
  ProposeRequest,
  ReadOutcome,
  ReadRequest,
} from '../../runtime/service.ts';

type Watcher = Readonly<{ seen: (event: AppliedEvent) => void; upgraded: () => void }>;
type Asked = Readonly<{ request: ProposeRequest; listener: ProposeListener }>;

export class FakeService implements NodeService {
  /** Everything proposed so far. */
  readonly proposed: Asked[] = [];
  readonly readRequests: ReadRequest[] = [];
  watches = 0;
  /** How the next proposals end; null: committed. 'never': the test ends them itself. */
  outcome: Outcome | 'never' | null = null;
  readOutcome: ReadOutcome | null = null;
  reason: string | null = null;
  refusal: Refused | null = null;
  historyMax = Number.POSITIVE_INFINITY;
  /** Bytes of dead weight in each view, for tests of back pressure. */
  ballast = 0;
  statusChanges: Partial<NodeStatus> = {};

  readonly #history: AppliedEvent[] = [];
  readonly #first = new Map<string, Committed>();
  readonly #views = new Map<string, InstanceView>();
  readonly #last = new Map<string, LogIndex>();
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #upgradedAt = new Map<string, LogIndex>();
  #index = 0;
  #unwatched: () => void = () => {};
  #proposed: () => void = () => {};
  #refusing: (why: Refused) => void = () => {};

  propose(request: ProposeRequest, listener: ProposeListener): void {
    this.proposed.push({ request, listener });
    this.#proposed();
    if (this.outcome === 'never') return;
    const outcome = this.outcome ?? this.#applyOnce(request);
    setImmediate(() => {
      if (outcome.end === 'committed') listener.inFlight?.();
      listener.ended(outcome);
    });
  }

  read(request: ReadRequest, answer: (outcome: ReadOutcome) => void): void {
    this.readRequests.push(request);
    const present = this.readOutcome ?? this.peek(request.machine, request.key);
    const refusal: ReadOutcome = { end: 'refused', code: 'unknown-machine', message: 'no such' };
    setImmediate(() => answer(present ?? refusal));
  }

  peek(machine: string, key: string): InstanceState | null {
    if (machine !== 'order' && machine !== 'lifecycle') return null;
    const view = this.#views.get(`${machine}/${key}`) ?? null;
    const index = this.#last.get(`${machine}/${key}`) ?? toIndex(this.#index);
    return { index, exists: view !== null, view };
  }

  eventsAfter(machine: string, key: string, after: LogIndex): readonly AppliedEvent[] | null {
    const kept = this.#history.slice(-this.historyMax);
    const oldest = kept[0]?.index ?? 0;
    if (after < oldest - 1) return null;
    if (after < (this.#upgradedAt.get(`${machine}/${key}`) ?? 0)) return null;
    return kept.filter(
      (event) => event.machine === machine && event.key === key && event.index > after,
    );
  }

  watch(
    machine: string,
    key: string,
    seen: Watcher['seen'],
    upgraded: Watcher['upgraded'] = () => {},
  ): () => void {
    const name = `${machine}/${key}`;
    const watchers = this.#watchers.get(name) ?? new Set();
    const watcher = { seen, upgraded };
    this.#watchers.set(name, watchers.add(watcher));
    this.watches += 1;
    return () => {
      if (watchers.delete(watcher)) this.watches -= 1;
      if (this.watches === 0) this.#unwatched();
    };
  }

  /** Resolves when something is proposed. */
  nextProposal(): Promise<void> {
    return new Promise((resolve) => (this.#proposed = resolve));
  }

  /** Resolves when the last watch ends. */
  unwatched(): Promise<void> {
    return new Promise((resolve) => (this.#unwatched = resolve));
  }

  status(): NodeStatus {
    return {
      node: nodeId('n1'),
      cluster: 'test',
      role: 'leader',
      term: toTerm(3),
      leader: nodeId('n1'),
      lifecycle: 'Running',
      firstIndex: toIndex(1),
      lastIndex: toIndex(this.#index),
      commitIndex: toIndex(this.#index),
      appliedIndex: toIndex(this.#index),
      proposalsInFlight: 0,
      quarantined: null,
      members: [
        {
          id: nodeId('n1'),
          address: 'a:1',
          role: 'voter',
          reachable: true,
          matchIndex: toIndex(4),
        },
        { id: nodeId('n2'), address: 'a:2', role: 'voter', reachable: false, matchIndex: null },
      ],
      machines: ['lifecycle', 'order'],
      version: '0.0.0',
      limits: { eventBytesMax: 1 },
      ...this.statusChanges,
    };
  }

  refusesBecause(): Refused | null {
    return this.refusal;
  }

  whenRefusing(told: (why: Refused) => void): void {
    this.#refusing = told;
  }

  /** It refuses everything from now on. */
  refuse(why: Refused): void {
    this.refusal = why;
    this.#refusing(why);
  }

  notReadyBecause(): string | null {
    return this.reason;
  }

  /** Applies an event that came by way of another node. */
  apply(machine: string, key: string, event: MachineEvent): Committed {
    this.#index += 1;
    const index = toIndex(this.#index);
    const name = `${machine}/${key}`;
    const value = machine === 'lifecycle' ? lifecycleAfter(event) : event.type.toLowerCase();
    const accepted = value !== this.#views.get(name)?.value;
    const context = { ballast: 'x'.repeat(this.ballast), count: index };
    const view: InstanceView = { status: 'active', value, context };
    const emitted = [{ type: 'noted', index }];
    this.#views.set(name, view);
    this.#last.set(name, index);
    const applied = { index, machine, key, event, accepted, view, emitted };
    this.#history.push(applied);
    for (const { seen } of this.#watchers.get(name) ?? []) seen(applied);
    return { end: 'committed', index, term: toTerm(3), accepted, view, emitted };
  }

  /** Brings an instance over to another definition. */
  upgrade(machine: string, key: string, view: InstanceView): void {
    this.#index += 1;
    const name = `${machine}/${key}`;
    this.#views.set(name, view);
    this.#last.set(name, toIndex(this.#index));
    this.#upgradedAt.set(name, toIndex(this.#index));
    for (const { upgraded } of this.#watchers.get(name) ?? []) upgraded();
  }

  #applyOnce({ proposalId, machine, key, event }: ProposeRequest): Outcome {
    if (machine !== 'order' && machine !== 'lifecycle') {
      return { end: 'refused', code: 'unknown-machine', message: `no machine "${machine}"` };
    }
    const outcome = this.#first.get(proposalId) ?? this.apply(machine, key, event);
    this.#first.set(proposalId, outcome);
    return outcome;
  }
}

const lifecycleAfter = ({ type }: MachineEvent): string => (type === 'RUN' ? 'Running' : 'Stopped');
