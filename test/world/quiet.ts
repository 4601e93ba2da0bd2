/** Resolves once all promises that can settle have: Node looks at its ticks when no microtask is left. */
export async function quiet(): Promise<void> {
  // A tick waits for the microtasks only if it was asked for from within one.
  await Promise.resolve();
  await new Promise<void>((resolve) => process.nextTick(resolve));
}
