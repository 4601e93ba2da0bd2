/**
 * Who may ask this process to stop, and what asking twice means.
 *
 * A node started by hand hears SIGTERM and SIGINT; a second one ends it at once. A node that
 * `quorate start` runs hears SIGTERM, and that its supervisor is gone, however that ended. It
 * leaves Ctrl-C, which the terminal sends to all of them, to the supervisor, and takes being
 * asked twice for being asked once.
 */

/** Set for the nodes that `quorate start` runs, beside the channel whose end they must notice. */
export const supervisedVariable = 'QUORATE_SUPERVISED';

export type StopRequests = Readonly<{
  requested: Promise<string>;
  repeated: Promise<void>;
}>;

export function stopRequests(): StopRequests {
  const supervised = process.env[supervisedVariable] === '1' && process.channel !== undefined;
  const { promise: requested, resolve: request } = withResolvers<string>();
  const { promise: repeated, resolve: repeat } = withResolvers<void>();
  let asked = false;

  const ask = (reason: string): void => {
    if (asked && !supervised) repeat();
    asked = true;
    request(reason);
  };
  process.on('SIGTERM', ask);
  process.on('SIGINT', supervised ? () => {} : ask);
  if (supervised) {
    if (process.connected) process.once('disconnect', () => ask('the supervisor is gone'));
    else ask('the supervisor is gone');
  }
  return { requested, repeated };
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
