/**
 * What the charts of the examples find where they reach out: promises, callbacks, observables and
 * actions that do nothing but report that they were begun. Whoever stands behind the doors decides
 * what comes of them.
 */
import {
  type AnyActorRef,
  type CallbackActorLogic,
  type EventObject,
  fromCallback,
  fromObservable,
  fromPromise,
  type NonReducibleUnknown,
  type ObservableActorLogic,
  type PromiseActorLogic,
} from 'xstate';

/** One run of what a chart invoked or spawned. */
export type Run = {
  readonly name: string;
  /** What the chart calls the actor. */
  readonly actorId: string;
  readonly self: AnyActorRef;
  readonly input: unknown;
  /** What the chart has sent to it. */
  readonly received: EventObject[];
  /** The chart has left it: its signal was aborted, or its cleanup was called. */
  isLeft: boolean;
  /** It has come to its end by itself. */
  isOver: boolean;
  readonly say: (word: Word) => void;
};

/** What may come out of a run. */
export type Word =
  | Readonly<{ gives: unknown }>
  | Readonly<{ fails: unknown }>
  /** A value of an observable, or an event of a callback. */
  | Readonly<{ says: unknown }>
  | Readonly<{ completes: true }>;

export type Act = Readonly<{ name: string; params: unknown; event: unknown }>;

export type Behind = Readonly<{
  began: (run: Run) => void;
  /** The chart has sent it an event. */
  heard: (run: Run, event: EventObject) => void;
  acted: (act: Act) => void;
}>;

export type Doors = Readonly<{
  promise<Output, Input extends NonReducibleUnknown>(
    name: string,
  ): PromiseActorLogic<Output, Input>;
  callback<Event extends EventObject, Input extends NonReducibleUnknown>(
    name: string,
  ): CallbackActorLogic<Event, Input>;
  observable<Value, Input extends NonReducibleUnknown>(
    name: string,
  ): ObservableActorLogic<Value, Input>;
  action(name: string): (args: Readonly<{ event: unknown }>, params: unknown) => void;
}>;

type Begun = Pick<Run, 'name' | 'input'> & { self: unknown };

export function doorsBefore({ began, heard, acted }: Behind): Doors {
  const begin = ({ name, input, self }: Begun, say: (word: Word) => void): Run => {
    const run: Run = {
      name,
      actorId: (self as AnyActorRef).id,
      self: self as AnyActorRef,
      input,
      received: [],
      isLeft: false,
      isOver: false,
      say(word) {
        if (run.isLeft || run.isOver) return;
        run.isOver = !('says' in word);
        say(word);
      },
    };
    began(run);
    return run;
  };
  const leave = (run: Run): void => {
    run.isLeft ||= !run.isOver;
  };

  return {
    promise: (name) =>
      fromPromise(
        ({ input, self, signal }) =>
          new Promise<never>((resolve, reject) => {
            const run = begin({ name, input, self }, (word) => {
              if ('gives' in word) resolve(word.gives as never);
              else if ('fails' in word) reject(word.fails);
            });
            signal.addEventListener('abort', () => leave(run));
          }),
      ),
    callback: (name) =>
      fromCallback(({ input, self, sendBack, receive }) => {
        const run = begin({ name, input, self }, (word) => {
          if ('says' in word) sendBack(word.says as EventObject);
        });
        receive((event) => {
          run.received.push(event);
          heard(run, event);
        });
        return () => leave(run);
      }),
    observable: (name) =>
      fromObservable(({ input, self }) => ({
        subscribe(observer: unknown) {
          const to = observer as Observer;
          const run = begin({ name, input, self }, (word) => {
            if ('says' in word) to.next?.(word.says);
            else if ('fails' in word) to.error?.(word.fails);
            else to.complete?.();
          });
          return { unsubscribe: () => leave(run) };
        },
      })) as never,
    action:
      (name) =>
      ({ event }, params) =>
        acted({ name, params, event }),
  };
}

type Observer = {
  next?: (value: unknown) => void;
  error?: (error: unknown) => void;
  complete?: () => void;
};
