/** Ctrl-C, a closed terminal, or a polite kill: once means "stop", twice "now". */

export type Interruptions = Readonly<{
  /** Resolves with false, as in "nothing was proven". */
  first: Promise<false>;
  second: Promise<void>;
}>;

export function interruptions(): Interruptions {
  let heard: () => void = () => {};
  let heardAgain: () => void = () => {};
  const first = new Promise<false>((resolve) => {
    heard = () => resolve(false);
  });
  const second = new Promise<void>((resolve) => {
    heardAgain = resolve;
  });

  let count = 0;
  const hear = (): void => {
    count += 1;
    if (count === 1) heard();
    else heardAgain();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear);
  return { first, second };
}
