/**
 * One peer as our viewers see it: connected to its feed while somebody looks, as machines/relay.ts
 * decides. What it tells of itself is passed on; what cannot be had is said to be so.
 */
import { WebSocket } from 'ws';
import { createActor } from 'xstate';
import type { Chart } from '../../machines/protocol/chart.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { relayMachine } from '../../machines/relay.ts';
import type { Clock } from '../clock.ts';
import type { MessageSocket } from '../message-socket.ts';
import {
  feedPath,
  feedVersion,
  type ActorEntry,
  type ActorName,
  type ActorsChanged,
  type ChartKey,
  type FromNode,
  type NodePicture,
  type ProposalsPicture,
  type Welcome,
} from './protocol.ts';
import type { FromViewer } from './question-protocol.ts';
import { messagesOf } from './relayed.ts';
import type { Reply, Source, Watched } from './source.ts';

export type Dial = (address: URL) => MessageSocket;

type Parts = Readonly<{
  cluster: string;
  peer: string;
  /** `ws://HOST:PORT`, as it is dialed for consensus too. */
  address: string;
  clock: Clock;
  dial?: Dial;
}>;

export interface Relay extends Source {
  begin(): void;
  end(): void;
}

const socketOptions = {
  perMessageDeflate: false,
  maxPayload: 4 * limits.viewerBacklogBytesHardMax,
  closeTimeout: 1_000,
};
const dialWebSocket: Dial = (address) => new WebSocket(address, socketOptions);

const otherVersion = 'its inspector is of another version; run the same release on all nodes';

type Open = Readonly<{ reply: (reply: Reply) => void; deadlineMs: number }>;

export function relayOf({ cluster, peer, address, clock, dial = dialWebSocket }: Parts): Relay {
  const feed = new URL(address);
  feed.pathname = feedPath;
  feed.search = '?scope=node';

  const charts = new Map<ChartKey, Chart>();
  const watches = new Map<ActorName, Set<(seen: Watched) => void>>();
  const proposals = new Set<(seen: ProposalsPicture) => void>();
  const questions = new Map<number, Open>();
  let actors = new Map<ActorName, ActorEntry>();
  let picture: NodePicture | null = null;
  let connection: MessageSocket | null = null;
  let lastRequest = 0;

  const actor = createActor(
    relayMachine.provide({
      actions: {
        dial: () => begin(),
        ping: () => connection?.ping(),
        hangUp: () => {
          const ended = connection;
          connection = null;
          ended?.terminate();
        },
        tellLost: () => lost(),
      },
    }),
    {
      clock: {
        setTimeout: (ring: () => void, delayMs: number) => clock.setTimeout(ring, delayMs),
        clearTimeout: (alarm: unknown) => clock.clearTimeout(alarm),
      },
    },
  );
  actor.start();

  const isOpen = (): boolean => actor.getSnapshot().matches('open');
  const why = (): string => actor.getSnapshot().context.trouble ?? 'it is being called';
  const say = (message: FromViewer): void => {
    if (isOpen()) connection?.send(JSON.stringify(message));
  };

  function begin(): void {
    const dialed = dial(feed);
    let failure = '';
    connection = dialed;
    const isOurs = (): boolean => connection === dialed;
    dialed.on('message', (data, isBinary) => {
      if (!isOurs()) return;
      actor.send({ type: 'socket.heard' });
      heardFrame(isBinary ? '' : (data as Buffer).toString());
    });
    dialed.on('pong', () => isOurs() && actor.send({ type: 'socket.heard' }));
    dialed.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.message || error.code || error.name;
    });
    dialed.on('close', (code, reason) => {
      if (!isOurs()) return;
      connection = null;
      const said = reason.length > 0 ? `${code} ${reason.toString()}` : String(code);
      actor.send({ type: 'socket.closed', reason: failure || `it hung up (${said})` });
    });
  }

  function heardFrame(text: string): void {
    const messages = messagesOf(text);
    if (messages === null) {
      return actor.send({ type: 'socket.garbled', reason: 'it said what no node says here' });
    }
    for (const message of messages) heard(message);
  }

  function heard(message: FromNode): void {
    switch (message.type) {
      case 'welcome':
        return welcomed(message);
      case 'cluster':
        picture = message.nodes.find(({ node }) => node === peer) ?? picture;
        return;
      case 'chart':
        return void charts.set(message.key, message.chart);
      case 'actors':
        return actorsChanged(message);
      case 'actor':
      case 'step':
      case 'gone':
        return watches.get(message.actor)?.forEach((tell) => tell(message));
      case 'proposals':
        return proposals.forEach((tell) => tell(message));
      case 'dropped':
        return;
      default:
        return answered(message);
    }
  }

  function welcomed({ version, node, cluster: theirs }: Welcome): void {
    const reason = version === feedVersion ? whyNotOurs(node, theirs) : otherVersion;
    if (reason !== null) return actor.send({ type: 'socket.garbled', reason });
    actor.send({ type: 'socket.welcomed' });
    for (const name of watches.keys()) say({ type: 'watch', actor: name });
    if (proposals.size > 0) say({ type: 'watch-proposals', node: peer });
  }

  const whyNotOurs = (node: string, theirs: string): string | null =>
    node === peer && theirs === cluster
      ? null
      : `at its address is ${node} of the cluster ${theirs}; correct --peer`;

  function actorsChanged({ isAll, added, removed }: ActorsChanged): void {
    if (isAll) actors = new Map();
    for (const entry of added) if (isTheirs(entry.actor)) actors.set(entry.actor, entry);
    for (const name of removed) actors.delete(name);
  }

  const isTheirs = (name: ActorName): boolean => name === peer || name.startsWith(`${peer}/`);

  function answered({ request, ...reply }: Extract<FromNode, { request: number }>): void {
    const open = questions.get(request);
    if (open === undefined) return;
    if (reply.type === 'progress') {
      questions.set(request, {
        ...open,
        deadlineMs: clock.nowMs() + limits.relayQuestionPatienceMs,
      });
    } else questions.delete(request);
    open.reply(reply);
  }

  function lost(): void {
    actors = new Map();
    const reason = `${peer} cannot be reached`;
    for (const [name, tellers] of watches) {
      for (const tell of tellers) tell({ type: 'gone', actor: name, reason });
    }
    const message = `${peer} was lost before it answered; ask again, or ask another node`;
    for (const { reply } of questions.values()) {
      reply({ type: 'refused', code: 'peer-unreachable', message });
    }
    questions.clear();
  }

  const unreachable = (): Reply => ({
    type: 'refused',
    code: 'peer-unreachable',
    message: `${peer} cannot be reached: ${why()}`,
  });

  /** Rings for the question that has waited for too long. */
  function awaitAnswer(request: number): void {
    clock.setTimeout(() => {
      const open = questions.get(request);
      if (open === undefined) return;
      if (open.deadlineMs > clock.nowMs()) return awaitAnswer(request);
      questions.delete(request);
      const message = `${peer} did not answer in time; ask again, or ask another node`;
      open.reply({ type: 'refused', code: 'not-ready', message });
    }, limits.relayQuestionPatienceMs);
  }

  return {
    begin: () => actor.send({ type: 'viewers.came' }),
    end: () => actor.send({ type: 'viewers.left' }),

    picture: () => ({
      node: peer,
      atMs: picture?.atMs ?? 0,
      status: picture?.status ?? null,
      unreachable: isOpen() && picture !== null ? null : why(),
    }),
    actors: () => [...actors.values()],
    chart: (key) => charts.get(key),

    watch(name, tell) {
      const tellers = watches.get(name) ?? new Set();
      watches.set(name, tellers);
      tellers.add(tell);
      // Again for each: it answers with where the actor stands.
      if (isOpen()) say({ type: 'watch', actor: name });
      else tell({ type: 'gone', actor: name, reason: `${peer} cannot be reached: ${why()}` });
      return () => {
        tellers.delete(tell);
        if (tellers.size > 0 || watches.get(name) !== tellers) return;
        watches.delete(name);
        say({ type: 'unwatch', actor: name });
      };
    },
    watchProposals(tell) {
      proposals.add(tell);
      if (proposals.size === 1) say({ type: 'watch-proposals', node: peer });
      return () => {
        proposals.delete(tell);
        if (proposals.size === 0) say({ type: 'unwatch-proposals', node: peer });
      };
    },
    ask(question, reply) {
      if (!isOpen()) return reply(unreachable());
      lastRequest += 1;
      const deadlineMs = clock.nowMs() + limits.relayQuestionPatienceMs;
      questions.set(lastRequest, { reply, deadlineMs });
      awaitAnswer(lastRequest);
      say({ ...question, request: lastRequest });
    },
  };
}
