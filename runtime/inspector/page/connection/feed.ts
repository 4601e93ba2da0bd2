/** The page's end of the feed: keeps the picture, asks questions, and watches what is looked at. */
import { createActor, fromCallback } from 'xstate';
import { realClock } from '../../../clock.ts';
import { feedPath, type ActorName, type FromNode } from '../../protocol.ts';
import type { Answer, FromViewer, Question } from '../../question-protocol.ts';
import { blank, forget, see, type Picture, type Told } from '../model/picture.ts';
import { connectionMachine } from './connection-machine.ts';
import { Questions, type Asked } from './questions.ts';
import { Subjects } from './subjects.ts';

/** What came is looked at together, as often as a screen is drawn; hidden pages do it less often. */
const hiddenMs = 250;

/** Where an answer is not called as its question is. */
type Answers = { propose: 'proposed'; transfer: 'transferring'; seek: 'sought' };

export class Feed {
  #picture = blank;
  #waiting: Told[] = [];
  #isDue = false;
  #socket: WebSocket | null = null;
  readonly #readers = new Set<() => void>();
  readonly #questions = new Questions((message) => this.#say(message));
  readonly #subjects = new Subjects((message) => this.#say(message));
  readonly #address: string;

  readonly connection = createActor(
    connectionMachine.provide({
      actors: { socket: fromCallback(({ sendBack }) => this.#open(sendBack)) },
    }),
  );

  constructor(address: string) {
    this.#address = address;
  }

  get picture(): Picture {
    return this.#picture;
  }

  start(): void {
    this.connection.start();
  }

  /** Calls whenever there is a new picture. */
  subscribe(read: () => void): () => void {
    this.#readers.add(read);
    return () => this.#readers.delete(read);
  }

  /** Rejects with an `Unanswered` if the node refused it, or went away. */
  ask<Type extends Question['type']>(
    question: Extract<Question, { type: Type }>,
    options: Asked = {},
  ): Promise<
    Extract<
      Answer,
      {
        type: Type extends keyof Answers ? Answers[Type] : Type;
      }
    >
  > {
    return this.#questions.ask(question, options) as never;
  }

  watch(actor: ActorName): () => void {
    const leave = this.#subjects.enter(actor, {
      begin: { type: 'watch', actor },
      end: { type: 'unwatch', actor },
    });
    return () => {
      // Else it would be shown as it was, should somebody come back.
      if (leave()) this.#renew(forget(this.#picture, actor));
    };
  }

  watchProposals(node: string): () => void {
    const leave = this.#subjects.enter(`proposals of ${node}`, {
      begin: { type: 'watch-proposals', node },
      end: { type: 'unwatch-proposals', node },
    });
    return () => {
      leave();
    };
  }

  #open(
    tell: (
      event: { type: 'socket.closed'; reason: string } | { type: 'node.welcomed'; version: number },
    ) => void,
  ) {
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const said = messagesIn(data);
      for (const message of said) {
        if (message.type !== 'welcome') continue;
        tell({ type: 'node.welcomed', version: message.version });
        this.#subjects.beginAll();
      }
      this.#hear(said);
    });
    socket.addEventListener('close', ({ reason }) => {
      if (this.#socket === socket) this.#socket = null;
      this.#questions.fail('the connection was lost');
      tell({ type: 'socket.closed', reason: reason || 'the connection was lost' });
    });
    return () => {
      if (this.#socket === socket) this.#socket = null;
      socket.close();
    };
  }

  #say(message: FromViewer): boolean {
    const isOpen = this.#socket?.readyState === WebSocket.OPEN;
    if (isOpen) this.#socket?.send(JSON.stringify(message));
    return isOpen;
  }

  #hear(messages: readonly FromNode[]): void {
    for (const message of messages) {
      if ('request' in message) this.#questions.hear(message);
      else this.#waiting.push(message);
    }
    if (this.#isDue || this.#waiting.length === 0) return;
    this.#isDue = true;
    if (document.hidden) realClock.setTimeout(() => this.#look(), hiddenMs);
    else requestAnimationFrame(() => this.#look());
  }

  #look(): void {
    this.#isDue = false;
    const nowMs = realClock.nowMs();
    const messages = this.#waiting;
    this.#waiting = [];
    this.#renew(messages.reduce((picture, message) => see(picture, message, nowMs), this.#picture));
  }

  #renew(picture: Picture): void {
    if (picture === this.#picture) return;
    this.#picture = picture;
    for (const read of this.#readers) read();
  }
}

export const feedAddress = ({ protocol, host }: Location): string =>
  `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${feedPath}`;

/** Text that is no JSON says nothing. */
function messagesIn(data: unknown): readonly FromNode[] {
  try {
    const said = JSON.parse(String(data)) as FromNode | readonly FromNode[];
    return Array.isArray(said) ? said : [said as FromNode];
  } catch {
    return [];
  }
}
