/**
 * What a world consists of, put together: a timeline, the nodes with their disks and processes, the
 * network between them and to their clients, and the witness who looks on.
 */
import type { Chore } from '../../machines/protocol/chore.ts';
import type { Command, Entry } from '../../machines/protocol/entry.ts';
import { nodeId, type NodeId } from '../../machines/protocol/ids.ts';
import type { Message } from '../../machines/protocol/messages.ts';
import type { Application, Replica } from '../../machines/replica/replica.ts';
import { Chronicle } from './chronicle.ts';
import { Clients } from './clients.ts';
import { counterMachine } from './counter.ts';
import type { NodeDisk } from './disk.ts';
import type { Pace } from './life.ts';
import type { Network } from './network.ts';
import { type Machines, type MachinesOf, Nodes } from './nodes.ts';
import type { Process } from './process.ts';
import { chance, type Chance } from './random.ts';
import { Sockets } from './sockets-at-large.ts';
import { Timeline } from './timeline.ts';
import { Wires } from './wires.ts';
import { createWitness, type Witness } from './witness.ts';

export type WorldOptions = Readonly<{
  seed?: number;
  /** How many nodes: `a`, `b`, `c`, … */
  nodes?: number;
  hold?: boolean;
  machines?: Machines;
  /** What a node has instead in that life, its first being 1. */
  machinesOf?: MachinesOf;
  /** Nodes may come to different states: nobody checks that they agree, and they may be quarantined. */
  mayDiverge?: boolean;
  segmentBytes?: number;
  /** How the clock of a node goes in its next life. */
  paceOf?: (node: NodeId) => Pace | undefined;
  /** Frames between nodes; or these, and sockets for clients; or sockets for both. */
  carrier?: 'frames' | 'frames and doors' | 'sockets';
}>;

type Finding = Readonly<{ check: string; what: string }>;

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;

/** The world itself, its verbs aside. */
export abstract class Parts {
  readonly seed: number;
  readonly members: readonly NodeId[];
  readonly chance: Chance;
  readonly chronicle: Chronicle;
  readonly witness: Witness;
  /** Sees each message as it leaves its node. */
  onSent: (from: string, to: string, message: Message) => void = () => {};
  /** Whether a node may give up for this, its disk aside. */
  mayGiveUp: (node: NodeId, cause: unknown) => boolean = () => false;
  /** Sees each entry when a node has applied it; `work` is null where there was nothing to do. */
  onApplied: (
    node: NodeId,
    entry: Entry,
    work: Command | Chore | null,
    application: Application | null,
    replica: Replica,
  ) => void = () => {};
  /** Sees each process when it has come up. */
  onUp: (process: Process) => void = () => {};
  /** Sees each node whose process is gone; `cause` where it would not come up at all. */
  onDown: (node: NodeId, cause: unknown) => void = () => {};

  protected readonly timeline = new Timeline();
  protected readonly wires: Wires;
  protected readonly network: Network;
  protected readonly clients: Clients;
  protected readonly nodes: Nodes;
  /** What is wrong; the first that was found. */
  protected finding: Finding | null = null;
  readonly #sockets: Sockets | null;
  #ids = 0;

  constructor({
    seed = 1,
    nodes = 3,
    hold = false,
    machines = { counter: counterMachine },
    machinesOf,
    mayDiverge = false,
    segmentBytes = 128 * 1024,
    paceOf,
    carrier = 'frames',
  }: WorldOptions = {}) {
    this.seed = seed;
    this.members = names.slice(0, nodes).map(nodeId);
    this.chance = chance(seed, 'scenario');
    this.chronicle = new Chronicle(() => this.nowMs);
    const report = (check: string, what: string): void => this.find(check, what);
    this.witness = createWitness({
      members: nodes,
      mayDiverge,
      report,
      // What puppets have on disk is anybody's guess.
      durables: () => (this.wires.hasPuppets ? null : this.nodes.durables),
      worked: (...done) => this.onApplied(...done),
      applied: (node, { index, term }, application) => {
        this.chronicle.steps += 1;
        if (!this.chronicle.isRead) return;
        this.chronicle.tell(node, `applies ${index} (t${term}): ${JSON.stringify(application)}`);
      },
    });
    this.wires = new Wires(this.timeline, chance(seed, 'weather'), this.chronicle);
    this.#sockets =
      carrier === 'frames'
        ? null
        : new Sockets(this.timeline, chance(seed, 'sockets'), this.chronicle, this.members);
    this.network = carrier === 'sockets' && this.#sockets ? this.#sockets : this.wires;
    this.clients = new Clients(this.witness, this.chronicle, () => this.nowMs);
    this.nodes = new Nodes(
      {
        seed,
        members: this.members,
        hold,
        machines,
        machinesOf,
        segmentBytes,
        ...(paceOf && { paceOf }),
      },
      {
        timeline: this.timeline,
        chronicle: this.chronicle,
        network: this.network,
        sockets: this.#sockets,
        witness: this.witness,
        newId: () => this.newId(),
        report,
        sent: (from, to, message) => {
          this.onSent(from, to, message);
          this.witness.sent(from, to, message, this.disk(from).durable);
        },
        cameUp: (process) => this.onUp(process),
        wentDown: (node, cause) => {
          this.clients.lose(node);
          this.onDown(node, cause);
        },
      },
    );
  }

  get nowMs(): number {
    return this.timeline.nowMs;
  }
  /** What happened, one line each. */
  get trace(): readonly string[] {
    return this.chronicle.lines;
  }
  /** Why nodes fell silent, or did not come up. */
  get faults(): readonly { node: NodeId; cause: unknown }[] {
    return this.nodes.faults;
  }
  /** Of every frame that was sent, and when: equal for equal runs. */
  get digest(): string {
    const frames = (this.wires.digest ^ (this.#sockets?.digest ?? 0)) >>> 0;
    return `${frames.toString(16)} ${this.chronicle.steps} ${this.wires.messagesSent}`;
  }

  newId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  disk(node: string): NodeDisk {
    return this.nodes.disk(node);
  }

  /** Something is wrong: the run ends with it as soon as the present event is over. */
  find(check: string, what: string): void {
    this.finding ??= { check, what };
  }

  /** What goes on between clients and nodes, where clients come by sockets. */
  get sockets(): Sockets {
    if (this.#sockets === null) throw new Error('in this world clients do not come by sockets');
    return this.#sockets;
  }
}
