/**
 * One viewer's connection, from the whole picture to its end.
 *
 *   hears    what it wants to see, and what it asks
 *   says     changes, as far as it reads them; an answer to each question
 *   never    waits for it, nor lets another wait
 */
import type { Chart } from '../../machines/protocol/chart.ts';
import { inJson } from '../gateway/in-json.ts';
import { closeCodes } from '../gateway/outbox.ts';
import type {
  ActorName,
  ActorsChanged,
  ChartKey,
  ClusterPicture,
  FromNode,
  Welcome,
} from './protocol.ts';
import type { FromViewer, Question } from './question-protocol.ts';
import type { Source, Watched } from './source.ts';
import type { ViewerLimits, ViewerOutbox } from './viewer-outbox.ts';
import { understandViewer, type Misunderstood } from './viewer-schema.ts';

/** `node`: a peer that relays; it is told of this node alone. */
export type Scope = 'cluster' | 'node';

export interface Scene {
  welcome(): Welcome;
  cluster(scope: Scope): ClusterPicture;
  /** All actors of each node that is known. */
  actors(scope: Scope): readonly ActorsChanged[];
  source(node: string, scope: Scope): Source | undefined;
  chart(key: ChartKey): Chart | undefined;
  readonly node: string;
}

type Parts = Readonly<{ scene: Scene; scope: Scope; outbox: ViewerOutbox; limits: ViewerLimits }>;

type Asked = Question & Readonly<{ request: number; node?: string }>;

/** Several viewers may be told the same thing. */
const texts = new WeakMap<FromNode, string>();
function textOf(message: FromNode): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const text = inJson(message);
  texts.set(message, text);
  return text;
}

export class ViewerSession {
  readonly scope: Scope;
  readonly #parts: Parts;
  readonly #defined = new Set<ChartKey>();
  /** The way to stop, by actor; and by node, of whose proposals. */
  readonly #watches = new Map<ActorName, () => void>();
  readonly #proposals = new Map<string, () => void>();
  #questions = 0;
  #badInARow = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.scope = parts.scope;
  }

  begin(): void {
    const { scene } = this.#parts;
    this.#push(scene.welcome());
    this.#push(scene.cluster(this.scope));
    for (const actors of scene.actors(this.scope)) this.actorsChanged(actors);
  }

  heard(text: string): void {
    for (const message of understandViewer(text)) {
      if (this.#parts.outbox.isOpen) this.#heard(message);
    }
  }

  heardBinary(): void {
    const message = 'the frame is binary; send JSON as text';
    this.#heard({ type: 'misunderstood', request: 0, code: 'bad-request', message });
  }

  clusterChanged(picture: ClusterPicture): void {
    this.#offer(picture);
  }

  actorsChanged(actors: ActorsChanged): void {
    for (const { chart } of actors.added) if (chart !== null) this.#define(chart);
    this.#push(actors);
  }

  /** It reads again: where everything stands now makes up for what it missed. */
  caughtUp(dropped: number): void {
    if (dropped > 0) this.#push({ type: 'dropped', count: dropped });
    this.#push(this.#parts.scene.cluster(this.scope));
    for (const actor of this.#watches.keys()) this.#watch(actor);
  }

  sendAway(): void {
    this.#parts.outbox.close(closeCodes.goingAway, 'this node is stopping; turn to another');
  }

  ended(): void {
    for (const stop of [...this.#watches.values(), ...this.#proposals.values()]) stop();
    this.#watches.clear();
    this.#proposals.clear();
  }

  #heard(message: FromViewer | Misunderstood): void {
    if (message.type === 'misunderstood') return this.#refuse(message);
    this.#badInARow = 0;
    switch (message.type) {
      case 'watch':
        return this.#watch(message.actor);
      case 'unwatch':
        this.#watches.get(message.actor)?.();
        this.#watches.delete(message.actor);
        return;
      case 'watch-proposals':
        return this.#watchProposals(message.node);
      case 'unwatch-proposals':
        this.#proposals.get(message.node)?.();
        this.#proposals.delete(message.node);
        return;
      default:
        return this.#ask(message);
    }
  }

  #refuse({ request, code, message }: Misunderstood): void {
    this.#push({ type: 'refused', request, code, message });
    this.#badInARow += 1;
    if (this.#badInARow < this.#parts.limits.badMessagesInARowMax) return;
    const why = 'too many messages in a row that break the protocol';
    this.#parts.outbox.close(closeCodes.policy, why);
  }

  #watch(actor: ActorName): void {
    const [node = ''] = actor.split('/', 1);
    const source = this.#parts.scene.source(node, this.scope);
    const before = this.#watches.get(actor);
    if (before === undefined && !this.#mayWatchMore()) {
      const reason = `a viewer watches at most ${this.#parts.limits.watchesPerViewerMax} at once`;
      return this.#push({ type: 'gone', actor, reason });
    }
    if (source === undefined) {
      return this.#push({ type: 'gone', actor, reason: `there is no node "${node}" to be seen` });
    }
    before?.();
    this.#watches.set(
      actor,
      source.watch(actor, (seen) => this.#tell(seen)),
    );
  }

  #watchProposals(node: string): void {
    const source = this.#parts.scene.source(node, this.scope);
    if (source === undefined) {
      const message = `there is no node "${node}" to be seen; name a member of the cluster`;
      return this.#push({ type: 'refused', request: 0, code: 'bad-request', message });
    }
    if (!this.#proposals.has(node) && !this.#mayWatchMore()) {
      const message = 'this viewer watches too much already; unwatch something';
      return this.#push({ type: 'refused', request: 0, code: 'overloaded', message });
    }
    this.#proposals.get(node)?.();
    this.#proposals.set(
      node,
      source.watchProposals((seen) => this.#offer(seen)),
    );
  }

  #mayWatchMore(): boolean {
    const { watchesPerViewerMax } = this.#parts.limits;
    return this.#watches.size + this.#proposals.size < watchesPerViewerMax;
  }

  #tell(seen: Watched): void {
    if (seen.type === 'gone') return this.#push(seen);
    if (seen.type === 'actor' && seen.chart !== null) this.#define(seen.chart);
    this.#offer(seen);
  }

  #ask({ request, node, ...question }: Asked): void {
    const { scene, limits } = this.#parts;
    const whom = node ?? scene.node;
    const source = scene.source(whom, this.scope);
    if (source === undefined) {
      const message = `there is no node "${whom}" to be asked; name a member of the cluster`;
      return this.#push({ type: 'refused', request, code: 'bad-request', message });
    }
    if (this.#questions >= limits.questionsPerViewerMax) {
      const message = 'too many questions are open; wait for their answers';
      return this.#push({ type: 'refused', request, code: 'overloaded', message });
    }
    this.#questions += 1;
    source.ask(question, (reply) => {
      if (reply.type !== 'progress') this.#questions -= 1;
      if (reply.type === 'instance-at' && reply.chart !== null) this.#define(reply.chart);
      this.#push({ ...reply, request });
    });
  }

  #define(key: ChartKey): void {
    if (this.#defined.has(key)) return;
    const chart = this.#parts.scene.chart(key);
    if (chart === undefined) return;
    this.#defined.add(key);
    this.#push({ type: 'chart', key, chart });
  }

  #push(message: FromNode): void {
    this.#parts.outbox.push(textOf(message));
  }

  #offer(message: FromNode): void {
    this.#parts.outbox.offer(() => textOf(message));
  }
}
