/** What is being watched, by however many parts of the page; said again on each new connection. */
import type { FromViewer } from '../../question-protocol.ts';

export type Subject = Readonly<{ begin: FromViewer; end: FromViewer }>;

export class Subjects {
  readonly #watched = new Map<string, { subject: Subject; watchers: number }>();
  readonly #say: (message: FromViewer) => boolean;

  constructor(say: (message: FromViewer) => boolean) {
    this.#say = say;
  }

  /** Returns how to leave it, which tells whether that was the last watcher. */
  enter(name: string, subject: Subject): () => boolean {
    const watched = this.#watched.get(name) ?? { subject, watchers: 0 };
    this.#watched.set(name, watched);
    watched.watchers += 1;
    if (watched.watchers === 1) this.#say(subject.begin);
    return () => {
      watched.watchers -= 1;
      if (watched.watchers > 0) return false;
      this.#watched.delete(name);
      this.#say(subject.end);
      return true;
    };
  }

  beginAll(): void {
    for (const { subject } of this.#watched.values()) this.#say(subject.begin);
  }
}
