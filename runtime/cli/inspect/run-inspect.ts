import { defaultUrls } from '../../client/address.ts';
import { clusterUnreachable } from '../../client/propose.ts';
import { askStatus, type StatusReport } from '../../client/status.ts';
import { usageError } from '../exit.ts';
import { isTerminal, print } from '../output.ts';
import { inspectTrace } from './inspect-trace.ts';
import { openInBrowser } from './open-in-browser.ts';

export type InspectOptions = Readonly<{
  url?: readonly string[];
  trace?: string;
  port?: number;
  open: boolean;
}>;

export async function runInspect({ url, trace, port, open }: InspectOptions): Promise<void> {
  // Where nobody looks at a terminal, nobody expects a window either.
  const show = open && isTerminal(process.stdout) ? openInBrowser : () => {};
  if (trace !== undefined) {
    if (url !== undefined) throw usageError('--trace and --url exclude each other.');
    return inspectTrace({ file: trace, port: port ?? 0, show });
  }
  if (port !== undefined) throw usageError('--port goes with --trace; a node has its own port.');

  const address = await firstThatAnswers(url ?? defaultUrls);
  print(address);
  show(address);
}

/** The page of the first of these nodes that answers. */
async function firstThatAnswers(urls: readonly string[]): Promise<string> {
  const silent: string[] = [];
  for (const url of urls) {
    const report: StatusReport = await askStatus(url);
    if (report.status !== null) return pageOf(url);
    silent.push(report.why);
  }
  throw clusterUnreachable(silent.join('; '));
}

function pageOf(clientUrl: string): string {
  const page = new URL('/inspect', clientUrl);
  page.protocol = page.protocol.replace(/^ws/, 'http');
  return page.href;
}
