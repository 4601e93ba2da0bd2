/** What is thrown in a callback, where nobody catches it: it would end a node, and so fails a check. */
export type Uncaught = Readonly<{
  /** Throws the first, if there was one. */
  assertNone: () => void;
  close: () => void;
}>;

export function watchUncaught(): Uncaught {
  let first: unknown = null;
  const note = (error: unknown): void => {
    first ??= error;
  };
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  return {
    assertNone: () => {
      const error = first;
      first = null;
      if (error !== null) throw error;
    },
    close: () => {
      process.off('uncaughtException', note);
      process.off('unhandledRejection', note);
    },
  };
}
