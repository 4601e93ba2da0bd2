import { defaultUrls } from '../../client/address.ts';
import { dialWebSocket } from '../../client/dial-ws.ts';
import { read } from '../../client/read.ts';
import { rotate } from '../../client/rotation.ts';
import { realClock } from '../../clock.ts';
import type { Consistency } from '../../service.ts';
import { printJson } from '../output.ts';

export type ReadOptions = Readonly<{
  machine: string;
  key: string;
  consistency: Consistency;
  url?: readonly string[];
  timeout: number;
}>;

export async function runRead(options: ReadOptions): Promise<void> {
  const { url: urls = defaultUrls, timeout: timeoutMs, ...question } = options;
  const rotation = rotate({ urls, clock: realClock, dial: dialWebSocket });
  try {
    printJson(await read(rotation, { ...question, timeoutMs }));
  } finally {
    rotation.close();
  }
}
