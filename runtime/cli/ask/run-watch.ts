import { defaultUrls } from '../../client/address.ts';
import { dialWebSocket } from '../../client/dial-ws.ts';
import { rotate } from '../../client/rotation.ts';
import { watch } from '../../client/watch.ts';
import { realClock } from '../../clock.ts';
import { complain, exitStatus } from '../exit.ts';
import { print } from '../output.ts';

export type WatchOptions = Readonly<{
  machine: string;
  key: string;
  afterIndex: number | null;
  url?: readonly string[];
}>;

/** One line for each event on a terminal too: they scroll by. */
export async function runWatch({ url: urls = defaultUrls, ...request }: WatchOptions) {
  // Nothing is under way that would have to be finished.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.exit(exitStatus.done));
  }
  const rotation = rotate({ urls, clock: realClock, dial: dialWebSocket });
  await watch(rotation, request, {
    seen: (state) => print(JSON.stringify(state)),
    interrupted: (why) => complain(`interrupted (${why}); going on where it stopped`),
    signal: new AbortController().signal,
  });
}
