/** The SVG of `quorate chart`, in a real browser. */
import assert from 'node:assert/strict';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { createMachine, type AnyStateMachine } from 'xstate';
import { linkMachine } from '../../../machines/link.ts';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import { drawn } from '../../../runtime/cli/chart/drawn.ts';
import { inSvg } from '../../../runtime/cli/chart/svg.ts';
import { familyOf } from '../../../runtime/inspector/drawing/family.ts';
import { parcel } from '../../inspector/bridges/trio.ts';

let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  page = await browser.newPage();
});
afterAll(() => browser.close());

async function svgOf(machine: AnyStateMachine): Promise<string> {
  const chart = chartOf(machine);
  return inSvg(chart, await drawn(chart, 'full'));
}

let shown: AnyStateMachine | null = null;
async function show(machine: AnyStateMachine): Promise<void> {
  if (shown === machine) return;
  shown = machine;
  const svg = Buffer.from(await svgOf(machine)).toString('base64');
  await page.goto(`data:image/svg+xml;base64,${svg}`);
  assert.equal(await page.locator('parsererror').count(), 0);
}

// In the browser's own words, which this project's types do not have.
const countOutside = `(() => {
  const frame = document.documentElement.getBoundingClientRect();
  return [...document.querySelectorAll('text, rect, path')]
    .map((each) => each.getBoundingClientRect())
    .filter(
      ({ left, top, right, bottom }) =>
        left < frame.left || top < frame.top || right > frame.right || bottom > frame.bottom,
    ).length;
})()`;
const colourOf = (selector: string): string =>
  `getComputedStyle(document.querySelector('${selector}')).fill`;

const titles = (): Promise<string[]> => page.locator('text.title').allTextContents();

for (const machine of [linkMachine, parcel]) {
  test(`${machine.id} is drawn whole, within its frame`, async () => {
    await show(machine);
    const states = [...familyOf(chartOf(machine)).values()].map(({ state }) => state);
    const expected = states.map(({ key, kind }) => (kind === 'deep-history' ? 'H*' : key));
    assert.deepEqual((await titles()).toSorted(), expected.toSorted());
    assert.equal(await page.evaluate(countOutside), 0);
  });
}

test('it is light or dark as its reader is, and can be read in both', async () => {
  await show(parcel);
  const colours = async () => ({
    ground: await page.evaluate<string>(colourOf('.ground')),
    ink: await page.evaluate<string>(colourOf('text.title')),
  });
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await colours();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await colours();
  await page.emulateMedia({ colorScheme: null });
  const brightness = (colour: string): number =>
    (colour.match(/\d+/g) ?? []).reduce((sum, part) => sum + Number(part), 0);
  assert.ok(brightness(light.ground) - brightness(light.ink) > 400, JSON.stringify(light));
  assert.ok(brightness(dark.ink) - brightness(dark.ground) > 400, JSON.stringify(dark));
});

test('it has a name and a description for those who do not see it', async () => {
  await show(parcel);
  const svg = page.locator('svg[role="img"]');
  assert.equal(await svg.getAttribute('aria-labelledby'), 'title about');
  assert.equal(await page.locator('svg > title').textContent(), 'Statechart of parcel');
  assert.match((await page.locator('svg > desc').textContent()) ?? '', /12 states/);
});

test('names that mean something to XML stay names', async () => {
  const nasty = '<script>&"\'\u0000\ud800]]>';
  const machine = createMachine({
    id: nasty,
    description: nasty,
    initial: nasty,
    states: { [nasty]: { on: { [nasty]: 'other' }, description: nasty }, other: {} },
  });
  await show(machine);
  assert.equal(await page.locator('script').count(), 0);
  assert.ok((await titles()).includes('<script>&"\'\ufffd\ufffd]]>'));
});

test('the same chart is drawn the same, to the letter', async () => {
  assert.equal(await svgOf(parcel), await svgOf(parcel));
});
