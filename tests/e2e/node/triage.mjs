// usage: node triage.mjs BROWSER FOLDER SCREENSHOTS: opens the pages of a triage in a headless
// browser, and does there what a reader does, at three sizes, light and dark.
import assert from 'node:assert';
import path from 'node:path';
import { launch, visitAll } from './browser.mjs';

const [executable, folder, screenshots] = process.argv.slice(2);
const ALERT = '<script>alert(1)</script>';
const browser = await launch(executable);

await visitAll(browser, path.join(folder, 'index.html'), screenshots, async (page, size) => {
  const shoot = (name) =>
    page.screenshot(path.join(screenshots, `${name}-${size.width}-${size.scheme}.png`), true);
  assert.strictEqual(await page.text('h1'), '3 bugs');
  assert.strictEqual(await page.count('#bugs tbody tr'), 3);
  assert.strictEqual(
    await page.text('#bugs tbody tr:first-child td:nth-child(3)'),
    `${ALERT}/racy; rm '-rf'`
  );
  assert.strictEqual(
    await page.text('#bugs tbody tr:nth-child(3) a.name'),
    `heap-use-after-free in ${ALERT}`
  );
  assert.strictEqual(await page.count('script'), 1);
  assert.strictEqual(await page.count('img'), 0);

  await page.click('#bugs tbody tr:first-child a.name');
  await page.arrive('buckets/0123456789ab/index.html');
  assert.strictEqual(await page.text('h1'), 'paid_order_exists');
  assert((await page.text('.decides')).includes(ALERT));
  assert((await page.text('#scenario')).startsWith(`offbeat scenario 1 ${ALERT}\n`));
  // The shell gets the name as one word.
  assert(
    (await page.text('#commands')).startsWith(
      `offbeat run '${ALERT}/racy; rm '\\''-rf'\\''' scenario.txt`
    )
  );
  assert.strictEqual(
    await page.evaluate("document.querySelector('a.action').getAttribute('href')"),
    'explain.html'
  );
  await shoot('bucket');
  await page.click('.brand a');
  await page.arrive(`${path.basename(folder)}/index.html`);
  assert.strictEqual(await page.text('h1'), '3 bugs');
  await page.click('#bugs tbody tr:nth-child(3) a.name');
  await page.arrive('buckets/2123456789ab/index.html');
  assert((await page.text('main')).includes(`shop_receive${ALERT}`));
  await shoot('memory');
});

/* A long list: found, filtered and sorted, and each bug has an address. */
await visitAll(browser, path.join(folder, 'many.html'), screenshots, async (page) => {
  const shown = () =>
    page.call(
      () => [...document.querySelectorAll('#bugs tbody tr')].filter((row) => !row.hidden).length
    );
  const first = () => page.text('#bugs tbody tr:not([hidden]) td:first-child');
  assert.strictEqual(await page.text('.tools output'), '40 of 40');
  await page.press('/');
  await page.type('heap-use');
  assert.strictEqual(await shown(), 13);
  assert.strictEqual(await page.text('.tools output'), '13 of 40');
  await page.fill('#main .find', '');
  await page.call(() => {
    const choice = document.querySelector('.tools select[aria-label="target"]');
    choice.value = 'order/racy';
    choice.dispatchEvent(new Event('change'));
  });
  assert.strictEqual(await shown(), 13);
  await page.call(() => document.querySelector('#bugs th:first-child button').click());
  await page.call(() => document.querySelector('#bugs th:first-child button').click());
  assert.strictEqual(
    await page.evaluate("document.querySelector('#bugs th:first-child').getAttribute('aria-sort')"),
    'descending'
  );
  assert.strictEqual(await first(), '39');
  await page.evaluate("location.hash = '#bug=000000000007'");
  await page.until("document.querySelector('tr.here')?.id === 'bug=000000000007'");
  assert.strictEqual(await page.text('tr.here td:first-child'), '8');
  const isSeen = await page.call(() => {
    const place = document.querySelector('tr.here').getBoundingClientRect();
    return place.bottom > 0 && place.top < innerHeight;
  });
  assert(isSeen);
});

await browser.close();
console.log('all pages are as they should be');
