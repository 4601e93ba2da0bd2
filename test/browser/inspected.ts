/** A tab of a real browser with the inspector in it, and all that it must not do. */
import assert from 'node:assert/strict';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** Where Debian has it. */
const executablePath = '/usr/bin/chromium';

export type Inspected = Readonly<{
  open: (url: string) => Promise<Page>;
  /** Errors of the page, what its policy forbade, and requests to any other host. */
  assertHarmless: () => void;
  [Symbol.asyncDispose]: () => Promise<void>;
}>;

export async function inspected(): Promise<Inspected> {
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1280, height: 720 },
  });
  const faults: string[] = [];
  const hosts = new Set<string>();
  const own = new Set<string>();
  context.on('request', (request) => hosts.add(new URL(request.url()).host));
  return {
    async open(url) {
      own.add(new URL(url).host);
      const page = await context.newPage();
      // Longer than anything takes, and shorter than the test has.
      page.setDefaultTimeout(15_000);
      page.on('pageerror', (fault) => faults.push(String(fault)));
      page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
      page.on('console', (message) => {
        // That a node is away is what some tests are about.
        if (message.type() !== 'error' || /ERR_CONNECTION|WebSocket/.test(message.text())) return;
        faults.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    assertHarmless() {
      assert.deepEqual(faults, []);
      assert.deepEqual(
        [...hosts].filter((host) => !own.has(host)),
        [],
        'no request to any other host',
      );
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
