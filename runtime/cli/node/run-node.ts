/**
 * The process of one node: from checked options to its exit status.
 *
 *   0   it was asked to stop, or its supervisor is gone
 *   1   it could not start, fell silent by itself, or was asked to stop twice
 *   2   its options contradict each other
 */
import type { Logger } from 'pino';
import { limits } from '../../../machines/protocol/limits.ts';
import { realClock } from '../../clock.ts';
import { startNode } from '../../node.ts';
import { isLoopback, showAddress, type Address, type LogLevel } from '../arguments.ts';
import { complain, endReporting, exitStatus, usageError } from '../exit.ts';
import { nodeLogger } from '../log.ts';
import { loadHosted } from '../machines/load.ts';
import { stopRequests, type StopRequests } from './stop-requests.ts';

export type RunOptions = Readonly<{
  id: string;
  listen: Address;
  peers: ReadonlyMap<string, string>;
  data: string;
  machines?: string;
  cluster: string;
  hold: boolean;
  logLevel: LogLevel;
  allowInsecure: boolean;
  inspectAct: boolean;
  inspect?: 'stately';
}>;

/** The runtime's own deadline, and a little for whoever has to report it. */
const exitByMs = limits.shutdownMs + 500;

export async function runNode(options: RunOptions): Promise<void> {
  refuseContradictions(options);
  const { logLevel, allowInsecure: _, inspectAct, inspect, machines: file, ...given } = options;
  const logger = nodeLogger(options.id, logLevel);
  if (!isLoopback(options.listen)) {
    logger.warn(
      `${showAddress(options.listen)} is open to the network without TLS or authentication: ` +
        'whoever reaches it can read and change everything',
    );
  }

  // From here on a signal ends the process in good order, even while it is still starting.
  const stop = stopRequests();
  void endInTime(stop, logger);

  try {
    const { machines, redact } =
      file === undefined ? { machines: {}, redact: null } : await loadHosted(file);
    const stately = inspect === 'stately';
    const inspector = { act: inspectAct, stately, ...(redact !== null && { redact }) };
    const node = await startNode({ ...given, machines, inspector, logger });
    const fault = await Promise.race([node.stopped, stop.requested.then(() => null)]);
    if (fault !== null) return exitWith(fault);
    await node.shutdown();
  } catch (error) {
    return exitWith(error);
  }
  process.exit(exitStatus.done);
}

async function endInTime(stop: StopRequests, logger: Logger): Promise<void> {
  const reason = await stop.requested;
  logger.info({ reason }, 'stopping');
  realClock.setTimeout(() => {
    logger.warn('not everything could be finished in time');
    process.exit(exitStatus.done);
  }, exitByMs);
  await stop.repeated;
  complain('quorate: asked twice to stop; ended at once');
  process.exit(exitStatus.failed);
}

function exitWith(error: unknown): never {
  endReporting(error);
  process.exit();
}

function refuseContradictions({ id, listen, peers, allowInsecure }: RunOptions): void {
  if (peers.has(id)) {
    throw usageError(`--peer ${id}=… names this node itself; give the other nodes only.`);
  }
  for (const [other, url] of peers) {
    if (new URL(url).host === showAddress(listen)) {
      throw usageError(`--peer ${other}=${url} is the address that this node listens on itself.`);
    }
  }
  if (!isLoopback(listen) && !allowInsecure) {
    throw usageError(
      `${showAddress(listen)} can be reached from other machines, and there is no TLS or ` +
        'authentication yet; listen on 127.0.0.1 or [::1], or add --allow-insecure.',
    );
  }
}
