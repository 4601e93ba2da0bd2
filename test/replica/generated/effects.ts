/**
 * Effects of generated charts, in the hands of the test: nothing happens by itself, and all that
 * does happen happens at once. Only the plain actor runs them.
 */
import {
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  type AnyActorLogic,
  type AnyActorRef,
} from 'xstate';
import type { Said } from '../../../machines/protocol/chore.ts';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';

/** What an effect may say, in words that a replica hears and as it is said to the plain actor. */
export type Word = Readonly<{ said: Said; say: () => void }>;

export type Running = Readonly<{
  label: string;
  id: string;
  session: string;
  input: unknown;
  words: readonly ((value: number) => Word)[];
}>;

/** Everything that the plain actor's effects do. */
export type Stage = {
  running: Running[];
  told: { session: string; event: unknown }[];
  acted: { name: string; context: unknown; event: unknown; params: unknown }[];
};

let stage: Stage | null = null;

/** The effects of the plain actor are at work only in here. */
export function onStage<Result>(own: Stage, run: () => Result): Result {
  stage = own;
  try {
    return run();
  } finally {
    stage = null;
  }
}

function theirs(): Stage {
  if (stage === null) throw new Error('a replica has run an effect');
  return stage;
}

export function act(name: string, context: unknown, event: unknown, params: unknown): void {
  theirs().acted.push({ name, context, event, params });
}

type Born = Readonly<{ self: AnyActorRef; input: unknown }>;

function begin(label: string, { self, input }: Born, words: Running['words']): () => void {
  const { running } = theirs();
  const { id, sessionId: session } = self;
  const one: Running = { label, id, session, input, words };
  running.push(one);
  return () => {
    const at = running.indexOf(one);
    if (at >= 0) running.splice(at, 1);
  };
}

const itself = (type: string, data?: unknown): Said => ({
  to: 'itself',
  event: (data === undefined ? { type } : { type, data }) as MachineEvent,
});

/** A promise that calls whoever waits for it at once, so that a step is over when it is over. */
function promiseOf(
  label: string,
  born: Born & Readonly<{ signal: AbortSignal }>,
): Promise<unknown> {
  const promise = new Promise(() => {});
  const prompt = {
    // oxlint-disable-next-line unicorn/no-thenable
    then(resolved: (value: unknown) => void, rejected: (error: unknown) => void) {
      const over = begin(label, born, [
        (value) => ({
          said: itself('xstate.promise.resolve', { value }),
          say: () => (over(), resolved({ value })),
        }),
        (value) => ({
          said: itself('xstate.promise.reject', `no ${value}`),
          say: () => (over(), rejected(`no ${value}`)),
        }),
      ]);
      born.signal.addEventListener('abort', over);
      return promise;
    },
  };
  return Object.assign(promise, prompt);
}

type Observer = {
  next?: (value: unknown) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
};

const observableOf = (label: string, born: Born, next: (value: number) => [Said, unknown]) => ({
  subscribe(observer: Observer) {
    const over = begin(label, born, [
      (value) => {
        const [said, data] = next(value);
        return { said, say: () => observer.next?.(data) };
      },
      (value) => ({
        said: itself('xstate.observable.error', `no ${value}`),
        say: () => (over(), observer.error?.(`no ${value}`)),
      }),
      () => ({
        said: itself('xstate.observable.complete'),
        say: () => (over(), observer.complete?.()),
      }),
    ]);
    return { unsubscribe: over };
  },
});

const word = (value: number): MachineEvent => ({ type: 'WORD', value });

/** By their names in every chart, and known by them. */
export const effects: Readonly<Record<string, AnyActorLogic>> = {
  promise: fromPromise(({ self, input, signal }) => promiseOf('promise', { self, input, signal })),
  callback: fromCallback(({ self, input, sendBack, receive }) => {
    receive((event) => theirs().told.push({ session: self.sessionId, event }));
    return begin('callback', { self, input }, [
      (value) => ({
        said: { to: 'parent', event: word(value) },
        say: () => sendBack(word(value)),
      }),
    ]);
  }),
  observable: fromObservable(
    ({ self, input }) =>
      observableOf('observable', { self, input }, (value) => [
        itself('xstate.observable.next', value),
        value,
      ]) as never,
  ),
  eventObservable: fromEventObservable(
    ({ self, input }) =>
      observableOf('eventObservable', { self, input }, (value) => [
        { to: 'parent', event: word(value) },
        word(value),
      ]) as never,
  ),
  reducer: fromTransition(
    (seen: readonly string[], { type }) => [...seen, type].slice(-4),
    [] as readonly string[],
  ),
};

const labels = new Map<unknown, string>(
  Object.entries(effects).map(([label, logic]) => [logic, label]),
);
export const labelOf = (logic: unknown): string => labels.get(logic) ?? 'unknown';
