/** Questions under way, each with the one who waits for its answer. */
import type { Answer, FromViewer, Question } from '../../question-protocol.ts';

export type Asked = Readonly<{
  /** Whom to ask, where it is not the page's own node. */
  node?: string;
  /** How much of it is done, between 0 and 1. */
  onProgress?: (done: number) => void;
}>;

class Unanswered extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Waiting = Readonly<{
  resolve: (answer: Answer) => void;
  reject: (why: Unanswered) => void;
  onProgress: ((done: number) => void) | undefined;
}>;

export class Questions {
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();
  /** False where there is no connection. */
  readonly #say: (message: FromViewer) => boolean;

  constructor(say: (message: FromViewer) => boolean) {
    this.#say = say;
  }

  ask(question: Question, { node, onProgress }: Asked): Promise<Answer> {
    this.#last += 1;
    const request = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject, onProgress });
      const isSaid = this.#say({ request, ...(node !== undefined && { node }), ...question });
      if (isSaid) return;
      this.#waiting.delete(request);
      reject(new Unanswered('not-connected', 'there is no connection to the node'));
    });
  }

  hear(answer: Answer): void {
    const waiting = this.#waiting.get(answer.request);
    if (waiting === undefined) return;
    if (answer.type === 'progress') {
      waiting.onProgress?.(answer.done);
      return;
    }
    this.#waiting.delete(answer.request);
    if (answer.type === 'refused') waiting.reject(new Unanswered(answer.code, answer.message));
    else waiting.resolve(answer);
  }

  /** Of none of them will there be an answer. */
  fail(why: string): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(new Unanswered('connection-lost', why));
  }
}
