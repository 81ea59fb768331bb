// usage: node triage.mjs MODULES BROWSER FOLDER: opens the pages of a triage in a headless browser,
// and leaves screenshots there.
import assert from 'node:assert';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, executablePath, folder] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), 'package.json'));
const { chromium } = require('playwright-core');
const ALERT = '<script>alert(1)</script>';

// A browser refuses its sandbox to root.
const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath, args });

for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  const trouble = [];
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.isNavigationRequest())
      trouble.push(`request: ${request.url()}`);
  });
  const text = (selector) => page.textContent(selector);
  const count = (selector) => page.locator(selector).count();

  await page.goto(pathToFileURL(path.join(folder, 'index.html')).href);
  assert.strictEqual(await text('h1'), '3 bugs');
  assert.strictEqual(await count('#bugs tbody tr'), 3);
  assert.strictEqual(await text('#bugs tbody tr:first-child td:nth-child(3)'), `${ALERT}/racy; rm '-rf'`);
  assert.strictEqual(await text('#bugs tbody tr:nth-child(3) a.name'), `heap-use-after-free in ${ALERT}`);
  assert.strictEqual(await count('script, img'), 0);
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const brightness = ground.match(/\d+/g).slice(0, 3).map(Number);
  assert(colorScheme === 'light' ? Math.min(...brightness) > 200 : Math.max(...brightness) < 60);
  await page.screenshot({ path: path.join(folder, `index-${colorScheme}.png`), fullPage: true });

  await page.click('#bugs tbody tr:first-child a.name');
  assert.strictEqual(await text('h1'), 'paid_order_exists');
  assert((await text('.decides')).includes(ALERT));
  assert((await text('#scenario')).startsWith(`offbeat scenario 1 ${ALERT}\n`));
  // The shell gets the name as one word.
  assert((await text('#commands')).startsWith(`offbeat run '${ALERT}/racy; rm '\\''-rf'\\''' scenario.txt`));
  assert.strictEqual(await page.getAttribute('a.step', 'href'), 'explain.html');
  await page.screenshot({ path: path.join(folder, `bucket-${colorScheme}.png`), fullPage: true });
  await page.click('a >> nth=0');
  assert.strictEqual(await text('h1'), '3 bugs');
  await page.click('#bugs tbody tr:nth-child(3) a.name');
  assert((await text('table >> nth=1')).includes(`shop_receive${ALERT}`));
  await page.screenshot({ path: path.join(folder, `memory-${colorScheme}.png`), fullPage: true });
  assert.deepStrictEqual(trouble, []);
  await page.close();
}
await browser.close();
console.log('all pages are as they should be');
