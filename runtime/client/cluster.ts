/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A cluster as one object: one connection at a time to one of its nodes, one subscription for
 * each instance that somebody follows, and a bound on what is under way.
 */
import type { AnyStateMachine } from 'xstate';
import { limits } from '../../machines/protocol/limits.ts';
import type { Clock } from '../clock.ts';
import { CallingOff } from './calling-off.ts';
import type { ActorLine } from './actor-line.ts';
import { Actor } from './actor.ts';
import { clientUrl } from './address.ts';
import type { Dial } from './client-socket.ts';
import {
  abortedError,
  closedError,
  QuorateClientError,
  toClientError,
  usageError,
} from './client-error.ts';
import { openFeed, type Feed } from './feed.ts';
import type { Instance } from './follow.ts';
import type { CommittedAnswer, ProposalAnswer } from './messages.ts';
import { CalledOff, propose } from './propose.ts';
import { read } from './read.ts';
import type { ActorOptions, NamedActor, ReplicatedActor } from './replicated-actor.ts';
import { rotate } from './rotation.ts';
import { machineSnapshots, plainSnapshots } from './snapshots.ts';
import { boundedTraffic } from './traffic.ts';

export type ClusterOptions = Readonly<{
  /** Milliseconds that a proposal or read may take, retries included. 10,000 by default. */
  timeoutMs?: number;
  /**
   * Whether to turn to the leader, if it is among the addresses: what is proposed there need not be
   * handed on. By default Node does. Browsers do not, of which there may be many: all nodes share
   * them.
   */
  followLeader?: boolean;
  /** What becomes of events that were sent and could not be delivered, if the actor has no say. */
  onError?: (error: QuorateClientError) => void;
  /** Called with the address of each node that takes us, and with null when it is lost. */
  onConnection?: (url: string | null) => void;
}>;

/** What a platform brings along. */
export type Surroundings = Readonly<{ clock: Clock; dial: Dial; followsLeader: boolean }>;

export interface Cluster {
  /**
   * An instance of a machine. `name` is the machine's in the cluster; by default it is its `id`.
   * Nothing is sent by this, and nothing need be closed: an actor that nobody observes or started
   * costs nothing.
   */
  actor<Machine extends AnyStateMachine>(
    machine: Machine,
    key: string,
    options?: ActorOptions<Machine>,
  ): ReplicatedActor<Machine>;
  /**
   * The same where only the name is at hand, and perhaps the type:
   * `cluster.actor<typeof order>('order', '42')`. Its snapshots cannot say `hasTag` and `can`.
   */
  actor<Machine extends AnyStateMachine = AnyStateMachine>(
    name: string,
    key: string,
    options?: Omit<ActorOptions<Machine>, 'name' | 'optimistic'>,
  ): NamedActor<Machine>;

  /**
   * Takes nothing new, waits until what is under way has ended (each within its own time), and
   * hangs up. Once `signal` is aborted it waits no longer; what had been sent ends `unknown`.
   */
  close(options?: Readonly<{ signal?: AbortSignal }>): Promise<void>;
  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const timeoutMsDefault = 10_000;
const requestsMax = 1_024;
const charsMax = 16 * 1024 * 1024;

export function createCluster(
  urls: string | URL | readonly (string | URL)[],
  options: ClusterOptions,
  { clock, dial, followsLeader }: Surroundings,
): Cluster {
  const { timeoutMs = timeoutMsDefault, followLeader = followsLeader } = options;
  const { onError, onConnection } = options;
  const rotation = rotate({
    urls: addressesOf([urls].flat()),
    clock,
    dial,
    followLeader,
    chance: () => clock.seed() / 2 ** 32,
    ...(onConnection && { changed: onConnection }),
  });
  const traffic = boundedTraffic({ requestsMax, charsMax });
  const feeds = new Map<string, Feed>();
  const callingOff = new CallingOff();
  let isClosing = false;

  const feedOf = (instance: Instance): Feed => {
    const name = nameOf(instance);
    const open = feeds.get(name);
    if (open !== undefined) return open;
    if (isClosing) throw closedError('the cluster object');
    if (feeds.size >= limits.subscriptionsPerConnectionMax) throw tooManyFeeds();
    const feed = openFeed(rotation, instance, () => {
      if (feeds.get(name) === feed) feeds.delete(name);
    });
    feeds.set(name, feed);
    return feed;
  };

  /** Rejects with a QuorateClientError, and with that alone. */
  const onTheLine = async <Answer>(
    signal: AbortSignal | undefined,
    proposalId: string | null,
    ask: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> => {
    const call = callingOff.begin(signal);
    try {
      return await ask(call.signal);
    } catch (error) {
      const { aborted, reason } = call.signal;
      if (!aborted) throw toClientError(error, proposalId);
      throw abortedError(reason, error instanceof CalledOff && error.mayStillHappen, proposalId);
    } finally {
      call.over();
    }
  };

  const line: ActorLine = {
    clock,
    timeoutMs,
    enter(chars) {
      if (isClosing) throw closedError('the cluster object');
      return traffic.enter(chars);
    },
    async propose(instance, { event, input }, { signal, ...asked }, askedMs) {
      const proposalId = asked.proposalId ?? clock.newProposalId();
      const leftMs = askedMs + (asked.timeoutMs ?? timeoutMs) - clock.nowMs();
      if (leftMs <= 0) throw neverItsTurn(proposalId);
      const request = {
        ...instance,
        event,
        ...(input !== undefined && { input }),
        proposalId,
        timeoutMs: leftMs,
      };
      return committed(
        await onTheLine(signal, proposalId, (either) =>
          propose(rotation, { ...request, signal: either }),
        ),
      );
    },
    async read(instance, { consistency = 'linearizable', signal, timeoutMs: ownMs = timeoutMs }) {
      const left = line.enter(0);
      try {
        return await onTheLine(signal, null, (either) =>
          read(rotation, { ...instance, consistency, timeoutMs: ownMs, signal: either }),
        );
      } finally {
        left();
      }
    },
    peek: (instance) => feeds.get(nameOf(instance))?.known() ?? null,
    join: (instance, follower) => feedOf(instance).join(follower),
    unhandled(error) {
      // As XState does it: outside of whoever happens to be running.
      clock.setTimeout(() => {
        throw error;
      }, 0);
    },
  };

  const close: Cluster['close'] = async ({ signal } = {}) => {
    isClosing = true;
    for (const feed of feeds.values()) feed.close();
    const abort = (): void => callingOff.all(closedError('the cluster object'));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort);
    await traffic.settled();
    signal?.removeEventListener('abort', abort);
    rotation.close();
  };

  const cluster = {
    actor(which: AnyStateMachine | string, key: string, asked: ActorOptions<AnyStateMachine> = {}) {
      const machine = typeof which === 'string' ? null : which;
      const name = typeof which === 'string' ? which : (asked.name ?? which.id);
      if (name === unnamed)
        throw usageError(
          'the machine has no id: give its name in the cluster as the option `name`',
        );
      const maker = machine === null ? plainSnapshots : machineSnapshots(machine, asked.input);
      const instance = { machine: name, key };
      const given = onError === undefined ? asked : { onError, ...asked };
      return new Actor({ line, instance, maker, machine, options: given });
    },
    close,
    ...(Symbol.asyncDispose && { [Symbol.asyncDispose]: () => close() }),
  };
  return cluster as unknown as Cluster;
}

/** What XState calls a machine without an id. */
const unnamed = '(machine)';

/** A machine's name holds no slash. */
const nameOf = ({ machine, key }: Instance): string => `${machine}/${key}`;

function addressesOf(urls: readonly (string | URL)[]): readonly string[] {
  if (urls.length === 0) throw usageError('name the address of one node at least');
  return urls.map((url) => {
    if (!URL.canParse(String(url))) throw usageError(`${String(url)} is no address`);
    const address = new URL(url);
    if (/^(ws|http)s?:$/.test(address.protocol)) return clientUrl(address);
    throw usageError(
      `${address.href} is no address of a node: it begins with ws, wss, http or https`,
    );
  });
}

function committed(answer: ProposalAnswer): CommittedAnswer {
  switch (answer.type) {
    case 'committed':
      return answer;
    case 'refused': {
      const { code, message, proposalId = null } = answer;
      throw new QuorateClientError(code, 'refused', message, { proposalId });
    }
    case 'unknown': {
      const { message, proposalId } = answer;
      throw new QuorateClientError('outcome-unknown', 'unknown', message, { proposalId });
    }
    default:
      return answer;
  }
}

const neverItsTurn = (proposalId: string): QuorateClientError =>
  new QuorateClientError(
    'overloaded',
    'refused',
    'what was sent before it took all its time, and it was not sent itself',
    { proposalId },
  );

const tooManyFeeds = (): QuorateClientError =>
  new QuorateClientError(
    'overloaded',
    'refused',
    `${limits.subscriptionsPerConnectionMax} instances are followed already: stop some of their actors, or open another cluster object`,
  );
