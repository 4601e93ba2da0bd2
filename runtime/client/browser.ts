/** What `import … from 'quorate/client'` gives to a browser: its sockets are the platform's own. */
import { realClock } from '../clock.ts';
import { createCluster, type Cluster, type ClusterOptions } from './cluster.ts';
import { dialBrowserSocket } from './dial-browser.ts';

export * from './public.ts';

/**
 * A cluster, by the addresses of some of its nodes: `ws://HOST:PORT`, or the same with `http`. Does
 * not wait: what is asked of it connects, at once or again, to one of them, beginning with any.
 *
 * @throws {@link QuorateClientError} `usage` for what is no address.
 */
export const connect = (
  urls: string | URL | readonly (string | URL)[],
  options: ClusterOptions = {},
): Cluster =>
  createCluster(urls, options, { clock: realClock, dial: dialBrowserSocket, followsLeader: false });
