// usage: node page.mjs BROWSER FOLDER SCREENSHOTS: opens the pages of runs in a headless browser,
// and does there what a reader does, at three sizes, light and dark.
import assert from 'node:assert';
import path from 'node:path';
import { checkBasics, launch, visitAll } from './browser.mjs';

const [executable, folder, screenshots] = process.argv.slice(2);
const ALERT = '<script>alert(1)</script>';
const browser = await launch(executable);
const file = (name) => path.join(folder, name);

/* One page at one size, with a screenshot for whoever wants to see it. */
async function visit(name, look, fragment = '', [width, height] = [1280, 800]) {
  const page = await browser.page(width, height, 'light');
  await page.open(file(name), fragment);
  await look(page);
  assert.deepStrictEqual(page.trouble, [], name);
  await page.close();
}

/* The step as the page tells it: number, clock, and the message that is marked in the diagram. */
async function step(page) {
  const message = await page.call(
    () => document.querySelector('svg g.row.current .label')?.firstChild.textContent ?? ''
  );
  return [await page.text('#position'), await page.text('#clock'), message.split('(')[0]];
}

const address = (page, fragment) => page.until(`location.hash === ${JSON.stringify(fragment)}`);

/* Every message can be read whole, and none hangs over the edge. */
async function checkLabels(page) {
  const wrong = await page.call(() =>
    [...document.querySelectorAll('.pane')].flatMap((pane) =>
      [...pane.querySelectorAll('svg.rows .label')]
        .filter((label) => {
          const box = label.getBBox();
          return (
            label.firstChild.textContent.endsWith('\u2026') ||
            box.x < 0 ||
            box.x + box.width > pane.scrollWidth
          );
        })
        .map((label) => label.textContent)
    )
  );
  assert.deepStrictEqual(wrong, []);
}

/* -- steps, with every control -- */

async function stepThrough(page, { width }) {
  assert.strictEqual(await page.text('#name'), 'order/racy');
  assert.strictEqual(await page.text('#verdict'), 'paid_order_exists is violated');
  assert.deepStrictEqual(await step(page), ['step 7 of 7', '7.51ms', 'pay#1']);
  assert.match(await page.text('[data-actor="3"] pre'), /order 3: paid/);
  assert.match(await page.text('svg .row.lost'), /create#1.*not delivered: delayed 6ms/);
  assert.match(
    await page.text('#decides'),
    /Fails only when create#1 from customer is at least 501us late\.$/
  );
  await checkLabels(page);
  assert.strictEqual(await page.count('.pane'), width === 2560 ? 2 : 1);
  await page.click('[data-show="fails"]');
  // What the step changed stands apart: nothing that was there before.
  const news = await page.call(() =>
    [...document.querySelectorAll('#changes ins')].map((each) => each.textContent).join('')
  );
  assert.match(news, /order 3:\s*paid$/);
  assert.doesNotMatch(news, /order 2/);
  await page.press('ArrowLeft');
  await page.press('ArrowLeft');
  assert.deepStrictEqual(await step(page), ['step 5 of 7', '7ms', 'buy#1']);
  assert.doesNotMatch(await page.text('[data-actor="3"] pre'), /order 3/);
  await address(page, '#step=5');
  await page.press('ArrowRight');
  assert.deepStrictEqual(await step(page), ['step 6 of 7', '7.01ms', 'pay#1']);
  await page.press('Home');
  assert.deepStrictEqual(await step(page), ['step 0 of 7', '0', '']);
  await page.press('ArrowLeft');
  assert.deepStrictEqual(await step(page), ['step 0 of 7', '0', '']);
  await page.fill('#slider', '2');
  assert.deepStrictEqual(await step(page), ['step 2 of 7', '5.01ms', 'create#0']);
  await page.click('#forward');
  assert.deepStrictEqual(await step(page), ['step 3 of 7', '5.01ms', 'pay#0']);
  await page.call(() => window.scrollTo(0, 0));
  await page.click('svg g[data-index="0"] .dot');
  assert.deepStrictEqual(await step(page), ['step 1 of 7', '5ms', 'buy#0']);
  await page.press('?');
  assert(await page.evaluate("document.querySelector('#keys').open"));
  await page.press('Escape');
  assert(!(await page.evaluate("document.querySelector('#keys').open")));
}

async function findAndFilter(page) {
  await page.press('/');
  await page.type('pay shop');
  assert.strictEqual(await page.text('#found'), '2');
  await page.press('Enter');
  assert.deepStrictEqual(await step(page), ['step 4 of 7', '5.51ms', 'pay#0']);
  assert.strictEqual(await page.text('#found'), '1 of 2');
  await page.press('Escape');
  await page.press('n');
  assert.deepStrictEqual((await step(page))[0], 'step 7 of 7');
  await page.press('N', 8);
  assert.deepStrictEqual((await step(page))[0], 'step 4 of 7');
  assert.strictEqual(await page.count('svg .row.match .dot'), 2);
  await page.click('#filter');
  await page.click('#only');
  assert.strictEqual(await page.count('svg .row .dot'), 2);
  await address(page, '#step=4&find=pay%20shop&only=1');
  await page.click('#clear');
  assert.strictEqual(await page.count('svg .row .dot'), 7);
  const box = (place, words) =>
    page.call(
      (where, label) => {
        [...document.querySelectorAll(`${where} label`)]
          .find((each) => each.textContent.trim() === label)
          .control.click();
      },
      place,
      words
    );
  await box('#actors', 'bank');
  assert.doesNotMatch(await page.text('svg.names'), /bank/);
  assert.strictEqual(await page.count('svg .row .dot'), 5);
  await box('#kinds', 'buy (2)');
  assert.strictEqual(await page.count('svg .row .dot'), 3);
  assert.strictEqual(await page.text('#filter'), 'Filter (2 hidden)');
  await address(page, '#step=4&without=bank&kinds=-buy');
  await page.press('ArrowLeft');
  assert.deepStrictEqual((await step(page))[0], 'step 2 of 7');
  await page.click('#clear');
  await page.click('#filter');
}

async function compareRuns(page) {
  await page.click('[data-show="passes"]');
  assert.strictEqual(await page.text('#verdict'), 'no violation');
  await page.click('[data-show="both"]');
  assert.strictEqual(await page.count('.pane'), 2);
  await checkLabels(page);
  await page.press('r');
  assert.strictEqual(await page.text('#verdict'), 'paid_order_exists is violated');
  await page.press('d');
  assert.strictEqual(await page.count('svg .differs'), 2);
  const before = (await step(page))[0];
  assert.match(await page.text('#event'), /in the run that passes: /);
  await page.press('r');
  assert.strictEqual(await page.text('#verdict'), 'no violation');
  await page.press('r');
  assert.strictEqual((await step(page))[0], before);
  await checkBasics(page);
}

await visitAll(browser, file('violates.html'), screenshots, async (page, size) => {
  await stepThrough(page, size);
  await findAndFilter(page);
  await compareRuns(page);
  await page.screenshot(path.join(screenshots, `both-${size.width}-${size.scheme}.png`));
});

/* -- addresses -- */

await visit(
  'violates.html',
  async (page) => {
    assert.deepStrictEqual((await step(page))[0], 'step 3 of 7');
    // An address that is typed, and one of a link.
    await page.evaluate("location.hash = '#message=bank/shop/pay/0'");
    await page.until("document.querySelector('#position').textContent === 'step 4 of 7'");
    assert.match(await page.text('#event .way:last-child'), /address of this message/);
    await page.click('#event .way a');
    await page.until("document.querySelector('#position').textContent === 'step 3 of 7'");
    for (const wrong of [
      '#step=99999',
      '#step=',
      '#message=no/such/thing/0',
      '#%E0%A4%A',
      '#find=%',
      '#step=-4',
    ]) {
      await page.open(file('violates.html'), wrong);
      assert.strictEqual(await page.text('#verdict'), 'paid_order_exists is violated');
    }
  },
  '#step=3'
);

await visit(
  'violates.html',
  async (page) => {
    assert.strictEqual(await page.text('#verdict'), 'no violation');
    assert.deepStrictEqual((await step(page))[0], 'step 2 of 8');
    assert.strictEqual(await page.count('.pane'), 2);
  },
  '#step=2&run=passes&show=both'
);

await visit('empty.html', async (page) => {
  assert.deepStrictEqual(await step(page), ['step 0 of 0', '0', '']);
  assert.strictEqual(await page.text('#verdict'), 'no violation');
});

/* -- names that try to be something else -- */

await visitAll(browser, file('hostile.html'), screenshots, async (page) => {
  await page.click('[data-show="fails"]');
  assert.strictEqual(await page.text('[data-actor="3"] .title span'), ALERT);
  assert((await page.text('#detail')).includes('</script><script>alert(3)</script>'));
  assert((await page.text('[data-actor="3"] pre')).startsWith('read </script><img'));
  assert.strictEqual(await page.count('script'), 2);
  assert.strictEqual(await page.count('img'), 0);
  assert((await page.text('#decides')).endsWith(ALERT));
  assert.strictEqual(await page.count('svg g.row.pair .ring'), 2);
  assert((await page.text('svg.names')).includes('watch'));
  assert.strictEqual(await page.text('svg .move'), ALERT);
  await checkLabels(page);
  // A policy that names the script lets nothing else run.
  await page.call(() => {
    const script = document.createElement('script');
    script.textContent = 'window.wasRun = true';
    document.body.append(script);
  });
  assert.strictEqual(await page.evaluate('window.wasRun'), undefined);
  page.trouble = page.trouble.filter((each) => !each.includes('Content Security Policy'));
  await page.press('Home');
  assert((await page.text('[data-actor="3"] pre')).startsWith('not read'));
  await page.click('[data-show="passes"]');
  assert.strictEqual(await page.text('#verdict'), 'no violation');
  assert.strictEqual(await page.count('svg g.row.pair .ring'), 2);
});

await visit('hostile.html', async (page) => {
  assert((await page.text('svg.names')).includes(ALERT));
  // The column of a monitor goes when it is not wanted.
  await page.click('#filter');
  await page.call(() => [...document.querySelectorAll('#actors label')].at(-1).control.click());
  assert.strictEqual(await page.count('svg .state'), 0);
  assert(!(await page.text('svg.names')).includes('watch'));
  assert.strictEqual(await page.count('svg .row .dot'), 6);
});

/* -- long runs -- */

await visitAll(browser, file('long.html'), screenshots);

await visit('long.html', async (page) => {
  const total = Number((await page.text('#position')).split(' ').at(-1));
  assert(total > 1000);
  // The violation's causal past is all that is shown, and steps go from one of it to the next.
  assert.strictEqual(await page.count('svg .row .dot'), 4);
  assert.strictEqual(await page.count('svg g.folded text'), 4);
  assert.match(
    await page.text('svg g.folded text'),
    /401 that had no part in it: tick at noise \u00d7400, noise at noise/
  );
  await page.press('ArrowLeft');
  assert.strictEqual((await step(page))[2], 'read#0');
  // Timers that run stand with the actor that has them, and when they fire.
  assert.match(await page.text('[data-actor="4"] .timer'), /^tick\(\d+\)420us, now$/);
  assert.strictEqual(await page.count('[data-actor="3"] .timer'), 0);
  await page.fill('#slider', '1');
  assert.match(await page.text('[data-actor="4"] .timer'), /^tick\(\d+\)1us, in 1us$/);
  assert.match(await page.text('#changes'), /timer tick\(\d+\) at 1us/);
  await page.fill('#slider', '423');
  await page.click('svg g.folded text');
  assert((await page.count('svg .row .dot')) > 30);
  assert.strictEqual((await step(page))[0], 'step 423 of 1005');
  // What is found comes out of a fold.
  await page.press('/');
  await page.type('tick noise');
  assert.match(await page.text('#found'), /^(\d+ of )?1000$/);
  await page.press('Escape');
  await page.click('#fold');
  await page.press('End');
  assert.strictEqual((await step(page))[2], 'write#0');
  const isSeen = await page.call(() => {
    const place = document.querySelector('svg g.row.current .dot').getBoundingClientRect();
    return place.top > 0 && place.bottom < window.innerHeight;
  });
  assert(isSeen);
});

/* On paper there are all rows, and no controls. */
await visit(
  'long.html',
  async (page) => {
    await page.scheme('dark', 'print');
    await page.until("document.querySelectorAll('.sheet').length > 40");
    const total = Number((await page.text('#position')).split(' ').at(-1));
    assert.strictEqual(await page.count('.sheet .row .dot'), total);
    assert(!(await page.evaluate("document.querySelector('#controls').checkVisibility()")));
    assert.strictEqual(
      await page.evaluate('getComputedStyle(document.body).backgroundColor'),
      'rgb(255, 255, 255)'
    );
    await page.scheme('dark');
    await page.until("document.querySelectorAll('.sheet').length === 0");
    assert((await page.count('svg.rows .row .dot')) < 400);
  },
  '#fold=0'
);

await visit('violates.html', async (page) => {
  assert.match(await page.pdf(path.join(screenshots, 'violates.pdf')), /\/Type \/Page\b/);
});

/* However long a run is, the document holds what is near the eye, and what is there is the right
 * part. How long that takes, ./scripts/bench pages says. */
await visit(
  'huge.html',
  async (page) => {
    const seen = await page.call(async () => {
      const area = document.querySelector('.pane');
      const frame = () =>
        new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const found = { rows: 0, elements: 0, missing: [] };
      found.rows = Math.round(area.scrollHeight / 26);
      for (let part = 0; part <= 40; part++) {
        area.scrollTop = ((area.scrollHeight - area.clientHeight) * part) / 40;
        await frame();
        found.elements = Math.max(found.elements, document.querySelectorAll('*').length);
        const box = area.getBoundingClientRect();
        const dots = [...area.querySelectorAll('.row .dot')].map(
          (dot) => dot.getBoundingClientRect().top
        );
        if (Math.min(...dots) > box.top + 100 || Math.max(...dots) < box.bottom - 100)
          found.missing.push(part);
      }
      return found;
    });
    assert(seen.rows > 9900, `${seen.rows} rows`);
    assert(seen.elements < 4000, `${seen.elements} elements`);
    assert.deepStrictEqual(seen.missing, []);
  },
  '#fold=0&step=0&run=passes'
);

await browser.close();
console.log('all pages are as they should be');
