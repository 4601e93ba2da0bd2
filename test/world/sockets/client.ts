/** A client's process: the client library that is shipped, on simulated sockets. */
import type { ProposalAnswer, StateAnswer } from '../../../runtime/client/messages.ts';
import { propose, type ProposalRequest } from '../../../runtime/client/propose.ts';
import { read, type ReadRequest } from '../../../runtime/client/read.ts';
import { rotate, type Rotation } from '../../../runtime/client/rotation.ts';
import { watch, type Watcher, type WatchRequest } from '../../../runtime/client/watch.ts';
import { socketAddress, type Host, type SocketNetwork } from './network.ts';
import type { Program } from './way.ts';

/** As ws has it where nobody says otherwise. */
const closeTimeoutMs = 30_000;

export type SimulatedClientOptions = Readonly<{
  name: string;
  life: Program;
  network: SocketNetwork;
  /** Asked in this order, the first first. */
  nodes: readonly string[];
}>;

/** Its promises never settle once its life has ended. */
export type SimulatedClient = Readonly<{
  host: Host;
  propose(request: ProposalRequest): Promise<ProposalAnswer>;
  read(request: ReadRequest): Promise<StateAnswer>;
  watch(request: WatchRequest, watcher: Watcher): Promise<void>;
  /** Hangs up, whatever is still unanswered. */
  close(): void;
}>;

export function createSimulatedClient(options: SimulatedClientOptions): SimulatedClient {
  const { name, life, network, nodes } = options;
  const host = network.join(name, life);
  const urls = nodes.map((node) => `${socketAddress(node)}/v1/client`);
  const rotations = new Set<Rotation>();
  /** With connections that may be used again. A rotation serves one question at a time. */
  const idle: Rotation[] = [];

  const newRotation = (): Rotation => {
    const rotation = rotate({
      urls,
      clock: life.clock,
      dial: (url, patienceMs) => host.dial(new URL(url), { patienceMs, closeTimeoutMs }),
    });
    rotations.add(rotation);
    return rotation;
  };

  async function ask<Answer>(question: (rotation: Rotation) => Promise<Answer>): Promise<Answer> {
    const rotation = idle.pop() ?? newRotation();
    try {
      return await question(rotation);
    } finally {
      idle.push(rotation);
    }
  }

  return {
    host,
    propose: (request) => ask((rotation) => propose(rotation, request)),
    read: (request) => ask((rotation) => read(rotation, request)),
    async watch(request, watcher) {
      const rotation = newRotation();
      try {
        await watch(rotation, request, watcher);
      } finally {
        rotations.delete(rotation);
      }
    },
    close() {
      for (const rotation of rotations) rotation.close();
    },
  };
}
