/** Bugs crash; weather is data. What is thrown here is never caught and goes on as before. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

/** States a promise that only a bug of ours can break. Throws {@link InvariantViolation}. */
export function invariant(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new InvariantViolation(promise);
}

/** Closes a switch: a new variant of a union turns into a compile error here. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`no case for ${JSON.stringify(value)}`);
}
