// usage: node report.mjs BROWSER SCREENSHOTS PAGE...: opens pages that scripts have written in a
// headless browser, at three sizes, light and dark.
import assert from 'node:assert';
import path from 'node:path';
import { launch, visitAll } from './browser.mjs';

const [executable, screenshots, ...files] = process.argv.slice(2);
const ALERT = '<script>alert(1)</script>';
const browser = await launch(executable);

/* Plots are as wide as there is room, in inks that are seen on the page; nothing is cut. */
async function checkPlots(page) {
  const plots = await page.call(() =>
    [...document.querySelectorAll('svg.plot')].map((plot) => {
      const box = plot.getBoundingClientRect();
      const inks = [...plot.querySelectorAll('.curve')].map(
        (curve) => getComputedStyle(curve).stroke
      );
      return {
        left: box.left,
        right: box.right,
        width: innerWidth,
        inks,
        text: getComputedStyle(plot.querySelector('text')).fill,
      };
    })
  );
  for (const plot of plots) {
    assert(plot.left >= 0 && plot.right <= plot.width && plot.inks.length > 0);
    assert(plot.inks.every((ink) => ink.startsWith('rgb') && ink !== plot.text));
  }
  return plots.length;
}

async function checkCampaign(page) {
  assert.match(await page.text('h1'), /^Campaign of .*, 1:30:00 of fuzzing$/);
  assert.strictEqual(await checkPlots(page), 5);
  assert((await page.text('main')).includes(ALERT));
  assert.strictEqual(await page.count('script'), 1);
  await page.evaluate("location.hash = '#bug=000000000003'");
  await page.until("document.querySelector('.here')?.textContent.includes('000000000003')");
}

async function checkCoverage(page) {
  assert.strictEqual(await page.count('pre.source'), 3);
  assert.strictEqual(await page.count('.source .missed'), 3 * 9);
  assert((await page.text('main')).includes(ALERT));
  await page.evaluate("location.hash = '#file=targets/order/shop.c'");
  await page.until("document.querySelector('.here')?.textContent === 'targets/order/shop.c'");
}

async function checkMatrix(page) {
  assert((await page.count('td.found')) > 5);
  assert((await page.count('td.silent')) > 5);
  const rows = await page.count('tbody tr');
  await page.press('/');
  await page.type('order/');
  await page.until(
    `/^[1-9] of ${rows}$/.test(document.querySelector('.tools output').textContent)`
  );
}

for (const file of files) {
  const looks = { campaign: checkCampaign, coverage: checkCoverage, matrix: checkMatrix };
  const shoot = path.basename(file, '.html');
  await visitAll(browser, file, screenshots, async (page, { width, scheme }) => {
    await page.screenshot(path.join(screenshots, `${shoot}-${width}-${scheme}-whole.png`), true);
    await looks[shoot](page);
  });
}
await browser.close();
console.log('all pages are as they should be');
