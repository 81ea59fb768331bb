// usage: node page.mjs MODULES BROWSER FOLDER: opens the pages of a folder in a headless browser, and
// leaves screenshots there.
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

/* Opens a page and runs `look` on it; anything that it says, asks for or pops up is a failure. */
async function visit(name, colorScheme, look) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  const url = pathToFileURL(path.join(folder, name)).href;
  const trouble = [];
  page.on('console', (message) => trouble.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url)
      trouble.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await look(page);
  assert.deepStrictEqual(trouble, [], name);
  await page.close();
}

const text = (page, selector) => page.textContent(selector);
const count = (page, selector) => page.locator(selector).count();
const press = (page, key) => page.keyboard.press(key);

/* The step as the page tells it: number, clock, and the message that is marked in the diagram. */
async function step(page) {
  const marked = page.locator('svg g.row.current .label').first();
  const message = await marked.count() ? await marked.textContent() : '';
  return [await text(page, '#position'), await text(page, '#clock'), message.split('(')[0]];
}

await visit('violates.html', 'light', async (page) => {
  assert.strictEqual(await text(page, '#name'), 'order/racy');
  assert.strictEqual(await text(page, '#verdict'), 'paid_order_exists is violated');
  assert.deepStrictEqual(await step(page), ['step 7 of 7', '7.51ms', 'pay#1']);
  assert.match(await text(page, '[data-actor="3"] pre'), /order 3: paid/);
  assert.match(await text(page, 'svg .row.lost'), /create#1.*not delivered: delayed 6ms/);
  assert.match(await text(page, '#decides'), /Fails only when create#1 from customer is at least 501us late\.$/);
  await page.screenshot({ path: path.join(folder, 'before.png') });
  await press(page, 'ArrowLeft');
  await press(page, 'ArrowLeft');
  assert.deepStrictEqual(await step(page), ['step 5 of 7', '7ms', 'buy#1']);
  assert.doesNotMatch(await text(page, '[data-actor="3"] pre'), /order 3/);
  await page.screenshot({ path: path.join(folder, 'after.png') });
  await press(page, 'ArrowRight');
  assert.deepStrictEqual(await step(page), ['step 6 of 7', '7.01ms', 'pay#1']);
  await press(page, 'Home');
  assert.deepStrictEqual(await step(page), ['step 0 of 7', '0', '']);
  await press(page, 'ArrowLeft');
  assert.deepStrictEqual(await step(page), ['step 0 of 7', '0', '']);
  await page.fill('#slider', '2');
  assert.deepStrictEqual(await step(page), ['step 2 of 7', '5.01ms', 'create#0']);
  await page.click('#forward');
  assert.deepStrictEqual(await step(page), ['step 3 of 7', '5.01ms', 'pay#0']);
  await page.click('svg g[data-index="0"] .label');
  assert.deepStrictEqual(await step(page), ['step 1 of 7', '5ms', 'buy#0']);
});

await visit('empty.html', 'light', async (page) => {
  assert.deepStrictEqual(await step(page), ['step 0 of 0', '0', '']);
  assert.strictEqual(await text(page, '#verdict'), 'no violation');
});

for (const scheme of ['light', 'dark']) {
  await visit('hostile.html', scheme, async (page) => {
    assert.strictEqual(await text(page, '[data-actor="3"] .title span'), ALERT);
    assert((await text(page, 'svg.names')).includes(ALERT));
    assert((await text(page, '#detail')).includes('</script><script>alert(3)</script>'));
    assert((await text(page, '[data-actor="3"] pre')).startsWith('read </script><img'));
    assert.strictEqual(await count(page, 'script'), 2);
    assert.strictEqual(await count(page, 'img'), 0);
    assert((await text(page, '#decides')).endsWith(ALERT));
    assert.strictEqual(await count(page, 'svg g.row.pair .ring'), 2);
    await page.screenshot({ path: path.join(folder, `hostile-${scheme}.png`) });
    await press(page, 'Home');
    assert((await text(page, '[data-actor="3"] pre')).startsWith('not read'));
    await page.click('#which');
    assert.strictEqual(await text(page, '#verdict'), 'no violation');
    assert.strictEqual(await count(page, 'svg g.row.pair .ring'), 2);
    await page.click('#which');
    assert.deepStrictEqual((await step(page))[0], 'step 0 of 6');
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = ground.match(/\d+/g).slice(0, 3).map(Number);
    assert(scheme === 'light' ? Math.min(...brightness) > 200 : Math.max(...brightness) < 60);
  });
}

await visit('long.html', 'light', async (page) => {
  const total = Number((await text(page, '#position')).split(' ').at(-1));
  assert(total > 1000);
  // The violation's causal past is all that is shown, and steps go from one of it to the next.
  assert.strictEqual(await count(page, 'svg g[data-index]'), 4);
  assert((await count(page, 'svg g.folded')) >= 1);
  await press(page, 'ArrowLeft');
  assert.strictEqual((await step(page))[2], 'read#0');
  // Timers that run stand with the actor that has them, and when they fire.
  assert.match(await text(page, '[data-actor="4"] .timer'), /^tick\(\d+\)420us, now$/);
  assert.strictEqual(await count(page, '[data-actor="3"] .timer'), 0);
  await page.screenshot({ path: path.join(folder, 'long.png') });
  await page.fill('#slider', '1');
  assert.match(await text(page, '[data-actor="4"] .timer'), /^tick\(\d+\)1us, in 1us$/);
  await page.fill('#slider', '423');
  await page.locator('svg g.folded text').first().click();
  assert((await count(page, 'svg g[data-index]')) > 100);
  assert.strictEqual((await step(page))[2], 'read#0');
  await page.click('#fold');
  assert.strictEqual(await count(page, 'svg g[data-index]'), total);
  await press(page, 'End');
  assert.strictEqual((await step(page))[2], 'write#0');
  const isSeen = await page.evaluate(() => {
    const place = document.querySelector('svg g.row.current .dot').getBoundingClientRect();
    return place.top > 0 && place.bottom < window.innerHeight;
  });
  assert(isSeen);
});

await browser.close();
console.log('all pages are as they should be');
