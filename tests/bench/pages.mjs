// usage: node pages.mjs BROWSER PAGE: how much time of its main thread the page of a long run takes.
// The thread's own time is counted, as other programs on the machine take none of that.
import { launch } from '../e2e/node/browser.mjs';

const [executable, file] = process.argv.slice(2);
const JUMP = 400; // pixels: half a screen, so that what is seen is drawn anew at every second frame
const browser = await launch(executable);
const page = await browser.page(1280, 800, 'light');
await page.send('Performance.enable', { timeDomain: 'threadTicks' });

async function busyMs() {
  const { metrics } = await page.send('Performance.getMetrics');
  return 1000 * metrics.find((metric) => metric.name === 'TaskDuration').value;
}

async function measure(act) {
  const before = await busyMs();
  const value = await act();
  return { ms: (await busyMs()) - before, value };
}

const drawn = await measure(() => page.open(file, '#fold=0&step=0&run=passes'));
const scrolled = await measure(() =>
  page.call(async (jump) => {
    const area = document.querySelector('.pane');
    let frames = 0;
    for (let top = 0; top < area.scrollHeight; top += jump, frames++) {
      area.scrollTop = top;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return frames;
  }, JUMP)
);
const found = await measure(() => page.fill('#find', 'tick noise'));
const stepped = await measure(() => page.click('#forward'));
const deliveries = (await page.text('#position')).split(' ').at(-1);
const elements = await page.count('*');
await browser.close();

function row(what, value, bar) {
  const verdict = value <= bar ? 'ok' : 'missed';
  console.log(`${what.padEnd(44)} ${value.toFixed(1).padStart(8)} ms   <= ${bar} ms  ${verdict}`);
}

console.log(`${deliveries} deliveries, ${elements} elements in the document`);
row('until the page is drawn', drawn.ms, 1500);
row(`a frame, the mean of ${scrolled.value} while scrolling`, scrolled.ms / scrolled.value, 16);
row('a step', stepped.ms, 50);
row('a search', found.ms, 500);
