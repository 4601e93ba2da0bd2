/** A viewer that keeps what it is told, and waits for what it is told to wait for. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { ChartDefinition, FromNode, NodePicture } from '../../runtime/inspector/protocol.ts';
import type { Answer, Question } from '../../runtime/inspector/question-protocol.ts';

type Of<Type extends FromNode['type']> = Extract<FromNode, { type: Type }>;
type AnswerTo<Type> = Type extends 'propose'
  ? 'proposed'
  : Type extends 'transfer'
    ? 'transferring'
    : Type;
type Waiter = Readonly<{
  wants: (message: FromNode) => boolean;
  take: (message: FromNode) => void;
}>;

export class Viewer {
  readonly webSocket: WebSocket;
  readonly heard: FromNode[] = [];
  readonly #waiters = new Set<Waiter>();
  #requests = 0;

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on('error', () => {});
    webSocket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as FromNode | FromNode[];
      for (const message of Array.isArray(frame) ? frame : [frame]) this.#hear(message);
    });
  }

  static async at(port: number, query = ''): Promise<Viewer> {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/inspect/feed${query}`);
    const viewer = new Viewer(webSocket);
    onTestFinished(() => webSocket.terminate());
    await once(webSocket, 'open');
    return viewer;
  }

  #hear(message: FromNode): void {
    this.heard.push(message);
    for (const waiter of this.#waiters) {
      if (!waiter.wants(message)) continue;
      this.#waiters.delete(waiter);
      waiter.take(message);
    }
  }

  say(message: object): void {
    this.webSocket.send(JSON.stringify(message));
  }

  /** The first such message from now on. */
  next<Type extends FromNode['type']>(
    type: Type,
    wants: (message: Of<Type>) => boolean = () => true,
  ): Promise<Of<Type>> {
    return new Promise((take) =>
      this.#waiters.add({
        wants: (message) => message.type === type && wants(message as Of<Type>),
        take: (message) => take(message as Of<Type>),
      }),
    );
  }

  /** The first such message at all. */
  async some<Type extends FromNode['type']>(
    type: Type,
    wants: (message: Of<Type>) => boolean = () => true,
  ): Promise<Of<Type>> {
    const before = this.heard.find(
      (message): message is Of<Type> => message.type === type && wants(message as Of<Type>),
    );
    return before ?? this.next(type, wants);
  }

  /** Resolves when the picture of the cluster is such. */
  async sees(wants: (nodes: ReadonlyMap<string, NodePicture>) => boolean): Promise<void> {
    const latest = this.heard.findLast((message) => message.type === 'cluster');
    const isSo = ({ nodes }: Of<'cluster'>): boolean =>
      wants(new Map(nodes.map((node) => [node.node, node])));
    if (latest !== undefined && isSo(latest)) return;
    await this.next('cluster', isSo);
  }

  async ask<Asked extends Question>(
    question: Asked & { node?: string },
  ): Promise<Extract<Answer, { type: AnswerTo<Asked['type']> }>> {
    const answer = await this.askAnything(question);
    if (answer.type === 'refused') throw new Error(`refused: ${answer.code}: ${answer.message}`);
    return answer as Extract<Answer, { type: AnswerTo<Asked['type']> }>;
  }

  /** A refusal is an answer too. */
  askAnything(question: object): Promise<Answer> {
    this.#requests += 1;
    const request = this.#requests;
    const answered = new Promise<Answer>((take) =>
      this.#waiters.add({
        wants: (message) =>
          'request' in message && message.request === request && message.type !== 'progress',
        take: (message) => take(message as Answer),
      }),
    );
    this.say({ ...question, request });
    return answered;
  }

  chart(key: string): ChartDefinition['chart'] | undefined {
    return this.heard.find(
      (message): message is ChartDefinition => message.type === 'chart' && message.key === key,
    )?.chart;
  }
}
