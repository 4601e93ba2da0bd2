/** What axe finds on a page: nothing that is serious, in light and dark. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export async function assertAccessible(page: Page): Promise<void> {
  const isThere = (await page.evaluate('typeof axe')) === 'object';
  // By the debugger: the page's own policy lets no strange script in.
  if (!isThere) await page.evaluate(await (await import('node:fs/promises')).readFile(axe, 'utf8'));
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => ({ id, html, failureSummary })),
      );
    assert.deepEqual(serious, [], colorScheme);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
