// A headless Chromium, steered over its DevTools protocol by two pipes; nothing is installed.
import { spawn } from 'node:child_process';
import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const PATIENCE_MS = 600000; // for what never comes; no test waits for it
const LEAVES = /target navigated|context was destroyed|Cannot find (default execution )?context/;
const KEYS = { ArrowLeft: 37, ArrowRight: 39, Home: 36, End: 35, Enter: 13, Escape: 27, Tab: 9 };

class Connection {
  constructor(process) {
    this.process = process;
    this.last = 0;
    this.waiting = new Map();
    this.listeners = [];
    let rest = '';
    process.stdio[4].setEncoding('utf8');
    process.stdio[4].on('data', (data) => {
      const messages = (rest + data).split('\0');
      rest = messages.pop();
      messages.forEach((message) => this.receive(JSON.parse(message)));
    });
    process.on('exit', () => this.fail(new Error('the browser has ended')));
  }

  fail(error) {
    for (const { reject } of this.waiting.values()) reject(error);
  }

  receive(message) {
    if (message.id === undefined) {
      this.listeners.forEach((listener) => listener(message));
      return;
    }
    const { resolve, reject, method } = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) reject(new Error(`${method}: ${message.error.message}`));
    else resolve(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.last;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject, method }));
  }
}

/* One page. What it says, asks for or pops up is kept in `trouble`. */
class Page {
  constructor(connection, sessionId, targetId) {
    Object.assign(this, { connection, sessionId, targetId, trouble: [], events: [] });
    connection.listeners.push((message) => message.sessionId === sessionId && this.hear(message));
  }

  send(method, params) {
    return this.connection.send(method, params, this.sessionId);
  }

  hear({ method, params }) {
    this.events.push(method);
    if (method === 'Runtime.consoleAPICalled')
      this.trouble.push('console: ' + params.args.map((each) => each.value).join(' '));
    if (method === 'Log.entryAdded') this.trouble.push(`log: ${params.entry.text}`);
    if (method === 'Runtime.exceptionThrown')
      this.trouble.push(
        `error: ${params.exceptionDetails.exception?.description ?? params.exceptionDetails.text}`
      );
    if (method === 'Page.javascriptDialogOpening') {
      this.trouble.push(`dialog: ${params.message}`);
      this.send('Page.handleJavaScriptDialog', { accept: false });
    }
    if (
      method === 'Network.requestWillBeSent' &&
      params.type !== 'Document' &&
      !params.request.url.startsWith('data:')
    )
      this.trouble.push(`request: ${params.request.url}`);
  }

  /* Waits until an expression is true, for as long as it takes. One that is evaluated while the
   * browser goes to another document is lost with the document before, and asked again. */
  async until(expression) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const value = await this.evaluate(expression).catch((error) => {
        if (!LEAVES.test(error.message)) throw error;
      });
      if (value) return value;
      assert(Date.now() < end, `never true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression: `(async () => (${expression}))()`,
      awaitPromise: true,
      returnByValue: true,
    });
    assert(!exceptionDetails, exceptionDetails?.exception?.description);
    return result.value;
  }

  /* The same of a function, with arguments that JSON can hold. */
  call(look, ...values) {
    return this.evaluate(`(${look})(...${JSON.stringify(values)})`);
  }

  async open(file, fragment = '') {
    assert(fs.existsSync(file), `there is no ${file}`);
    const url = pathToFileURL(file).href + fragment;
    await this.send('Page.navigate', { url: 'about:blank' });
    await this.until("location.href === 'about:blank'");
    await this.send('Page.navigate', { url });
    await this.until("location.protocol === 'file:' && document.readyState === 'complete'");
  }

  /* After a click on a link: the next document. */
  async arrive(name) {
    await this.until(
      `decodeURIComponent(location.pathname).endsWith(${JSON.stringify(name)}) && document.readyState === 'complete'`
    );
  }

  text(selector) {
    return this.call((what) => {
      const element = document.querySelector(what);
      if (!element) throw new Error('there is no ' + what);
      return element.textContent;
    }, selector);
  }

  count(selector) {
    return this.call((what) => document.querySelectorAll(what).length, selector);
  }

  async press(key, modifiers = 0) {
    const code = KEYS[key] ?? key.toUpperCase().charCodeAt(0);
    const base = { key, modifiers, windowsVirtualKeyCode: code };
    const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
    await this.send('Input.dispatchKeyEvent', {
      type: text ? 'keyDown' : 'rawKeyDown',
      text,
      ...base,
    });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...base });
  }

  async type(text) {
    for (const key of text) await this.press(key);
  }

  /* A click where the middle of the first such element is seen. */
  async click(selector) {
    const { x, y } = await this.call((what) => {
      const element = document.querySelector(what);
      if (!element) throw new Error('there is no ' + what);
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const box = element.getClientRects()[0]; // of words in several lines, the first
      return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    }, selector);
    const at = { x, y, button: 'left', clickCount: 1 };
    await this.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...at });
    await this.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...at });
  }

  /* As a person does who moves a slider. */
  async fill(selector, value) {
    await this.call(
      (what, text) => {
        const field = document.querySelector(what);
        field.value = text;
        field.dispatchEvent(new Event('input', { bubbles: true }));
      },
      selector,
      value
    );
  }

  async resize(width, height) {
    await this.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await this.until(`innerWidth === ${width}`);
  }

  async scheme(value, media = '') {
    await this.send('Emulation.setEmulatedMedia', {
      media,
      features: [{ name: 'prefers-color-scheme', value }],
    });
  }

  async screenshot(file, isWhole = false) {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: isWhole });
    fs.writeFileSync(file, Buffer.from(data, 'base64'));
  }

  async pdf(file) {
    const { data } = await this.send('Page.printToPDF', { printBackground: true });
    fs.writeFileSync(file, Buffer.from(data, 'base64'));
    return Buffer.from(data, 'base64').toString('latin1');
  }

  async close() {
    await this.connection.send('Target.closeTarget', { targetId: this.targetId });
  }
}

export async function launch(executable) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'offbeat-browser-'));
  const options = [
    '--headless=new',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-dev-shm-usage',
    '--hide-scrollbars',
    '--force-color-profile=srgb',
    '--font-render-hinting=none',
  ];
  // A browser refuses its sandbox to root, and needs privileges for it elsewhere.
  const browser = spawn(executable, [...options, '--no-sandbox', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const connection = new Connection(browser);
  const stop = () => {
    try {
      process.kill(-browser.pid, 'SIGKILL'); // the group is the browser's own
    } catch {
      /* it has ended */
    }
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  process.on('exit', stop);
  return {
    async page(width, height, colorScheme) {
      const { targetId } = await connection.send('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await connection.send('Target.attachToTarget', {
        targetId,
        flatten: true,
      });
      const page = new Page(connection, sessionId, targetId);
      for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
        await page.send(`${domain}.enable`);
      await page.scheme(colorScheme);
      await page.resize(width, height);
      return page;
    },
    async close() {
      await connection.send('Browser.close').catch(() => {});
      stop();
    },
  };
}

export const SIZES = [
  [400, 800],
  [1280, 800],
  [2560, 1300],
];
export const SCHEMES = ['light', 'dark'];

/* -- what must hold of every page -- */

function relativeLuminance([red, green, blue]) {
  const linear = (part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function contrast(one, other) {
  const [low, high] = [relativeLuminance(one), relativeLuminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ['page', 'panel', 'tint', 'pair', 'bad-tint', 'good-tint', 'fair-tint'];
const INKS = ['ink', 'soft', 'accent', 'deviation', 'bad', 'good'];

/* Every ink can be read on every ground (WCAG 2.1, 1.4.3: 4.5 to 1). */
async function checkInks(page) {
  const colours = await page.call(
    (names) => {
      const probe = document.body.appendChild(document.createElement('i'));
      const found = names.map((name) => {
        probe.style.color = `var(--${name})`;
        return [name, getComputedStyle(probe).color.match(/\d+/g).slice(0, 3).map(Number)];
      });
      probe.remove();
      return Object.fromEntries(found);
    },
    [...GROUNDS, ...INKS]
  );
  for (const ground of GROUNDS) {
    for (const ink of INKS) {
      const ratio = contrast(colours[ground], colours[ink]);
      assert(ratio >= 4.5, `${ink} on ${ground}: ${ratio.toFixed(2)}`);
    }
  }
}

/* One h1, no level of headings left out, heads of columns that say so, names for what can be used,
 * and nothing that makes the page wider than the screen. */
export async function checkBasics(page) {
  const found = await page.call(() => {
    const seen = (element) => element.checkVisibility();
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')]
      .filter(seen)
      .map((each) => Number(each.tagName[1]));
    const nameOf = (element) =>
      element.getAttribute('aria-label') ||
      element.textContent.trim() ||
      (element.labels && element.labels.length > 0 && element.labels[0].textContent.trim());
    return {
      lang: document.documentElement.lang,
      levels,
      unnamed: [...document.querySelectorAll('button, a[href], input, select')]
        .filter((each) => seen(each) && !nameOf(each))
        .map((each) => each.outerHTML),
      heads: [...document.querySelectorAll('th:not([scope])')].length,
      ids: [...document.querySelectorAll('[id]')].map((each) => each.id),
      wide: document.documentElement.scrollWidth - innerWidth,
    };
  });
  assert.strictEqual(found.lang, 'en');
  assert.strictEqual(found.levels.filter((level) => level === 1).length, 1);
  found.levels.forEach((level, at) =>
    assert(at === 0 || level <= found.levels[at - 1] + 1, `headings ${found.levels}`)
  );
  assert.deepStrictEqual(found.unnamed, []);
  assert.strictEqual(found.heads, 0, 'a head of a column or row without its scope');
  assert.strictEqual(new Set(found.ids).size, found.ids.length, 'an id twice');
  assert(found.wide <= 0, `wider than the screen by ${found.wide} pixels`);
  await checkInks(page);
}

/* Opens a page at every size in both schemes, leaves a screenshot of each, and looks at it. */
export async function visitAll(browser, file, screenshots, look) {
  const name = path.basename(file, '.html');
  for (const [width, height] of SIZES) {
    for (const scheme of SCHEMES) {
      const page = await browser.page(width, height, scheme);
      await page.open(file);
      await checkBasics(page);
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      const brightness = ground.match(/\d+/g).slice(0, 3).map(Number);
      assert(scheme === 'light' ? Math.min(...brightness) > 200 : Math.max(...brightness) < 60);
      await page.screenshot(path.join(screenshots, `${name}-${width}-${scheme}.png`));
      if (look) await look(page, { width, height, scheme });
      assert.deepStrictEqual(page.trouble, [], `${name} at ${width}, ${scheme}`);
      await page.close();
    }
  }
}
