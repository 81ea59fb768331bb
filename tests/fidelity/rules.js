// A rule of Node's event loop and of the library async each: what is printed is compared with what
// the patterns do. patterns.c has the same programs, of tasks.
const async = require('async');
const { Mutex } = require('async-mutex');

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pending = (promise) =>
  Promise.race([promise.then(() => 'resolves'), sleep(100).then(() => 'pending')]);
const slow = (say) => async (ms) => { say('+' + ms); await sleep(ms); say('-' + ms); return ms; };

const thirds = (say) => [30, 10, 50].map((ms, at) => async () => {
  await slow(say)(ms);
  if (at === 2) throw new Error('1');
  return ms;
});

// Functions that call back before they return.
const synchronous = (say) => (value, done) => { say(String(value)); done(null, value); };
const firstFails = (say) => (value, done) => {
  say(String(value));
  done(value === 1 ? new Error('1') : null, value);
};

// What takes 20 ms, as a function that heeds a signal: it rejects, and what it has begun goes on.
const other = async (say) => { await sleep(20); say('other'); };
const heeding = async (say, signal) => {
  const aborted = new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const run = async () => {
    signal.throwIfAborted();
    await Promise.race([other(say), aborted]);
  };
  await run().then(() => say('done'), () => say('rejected'));
  await sleep(40);
};

const rules = {
  async mutex_release(say) {
    const mutex = new Mutex();
    const release = await mutex.acquire();
    (async () => { const other = await mutex.acquire(); say('waiter'); other(); })();
    await new Promise((done) => setTimeout(() => {
      setImmediate(() => { say('next'); setTimeout(done, 5); });
      release();
    }, 5));
  },
  async parallel_end(say) {
    await new Promise((over) => {
      async.parallel([(done) => setTimeout(() => {
        setImmediate(() => { say('next'); setTimeout(over, 5); });
        done();
      }, 5)]).then(() => say('caller'));
    });
  },
  async parallel_error(say) {
    await async.parallel([
      async () => { await sleep(5); throw new Error('5'); },
      async () => { await sleep(20); say('other'); },
    ]).catch(() => say('error'));
    await sleep(50);
  },
  async map_order(say) {
    say((await async.map([30, 10, 20], async (ms) => { await sleep(ms); return ms; })).join(','));
  },
  async each_limit(say) { await async.eachLimit([50, 10, 20], 2, slow(say)); say('end'); },
  async each_series(say) { await async.eachSeries([30, 10, 20], slow(say)); say('end'); },
  async series_error(say) {
    const step = (ms, fails) => async () => {
      await slow(say)(ms);
      if (fails) throw new Error('1');
    };
    await async.series([step(10), step(20, true), step(30)]).catch(() => say('error'));
  },
  async waterfall(say) {
    say(String(await async.waterfall([async () => 1, async (n) => n * 2, async (n) => n * 2])));
  },
  async drain_idle(say) { say(await pending(async.queue(async () => sleep(5), 2).drain())); },
  async drain_killed(say) {
    const queue = async.queue(async () => sleep(5), 1);
    queue.push([1, 2]); await sleep(1);
    const drained = queue.drain(); queue.kill();
    say(await pending(drained));
  },
  async drain_empty_push(say) {
    const queue = async.queue(async () => sleep(20), 2);
    queue.push([]); queue.push(1);
    await queue.drain();
    say(queue.length() + '/' + queue.running());
  },
  async queue_order(say) {
    const queue = async.queue(slow(say), 2);
    queue.push([50, 10, 20]);
    await queue.drain(); say('end');
  },
  async empty(say) { await async.parallel([]); await async.each([], slow(say)); say('end'); },
  async immediate_after_promise(say) {
    await new Promise((done) => setTimeout(() => {
      setImmediate(() => { say('immediate'); setTimeout(done, 5); });
      Promise.resolve().then(() => say('promise'));
    }, 5));
  },
  async race(say) {
    const won = await async.race(thirds(say));
    say('won:' + won);
    await sleep(60);
  },
  async reflect_all(say) {
    const results = await async.parallel(async.reflectAll(thirds(say)));
    results.forEach((result) => say(result.error ? 'error' : 'value'));
  },
  async retry(say) {
    const attempt = () => {
      let tries = 0;
      return async () => { say('try'); if (tries++ < 2) throw new Error('1'); };
    };
    await async.retry(5, attempt()).then(() => say('done'), () => say('error'));
    await async.retry(2, attempt()).then(() => say('done'), () => say('error'));
  },
  async auto(say) {
    const step = (name, ms) => async () => { say('+' + name); await sleep(ms); say('-' + name); };
    await async.auto({
      a: step('a', 20),
      b: step('b', 50),
      c: ['a', step('c', 10)],
      d: ['a', 'b', step('d', 10)],
    });
    say('end');
  },
  async cargo(say) {
    const cargo = async.cargo(async (values) => {
      say(values.length === 1 ? String(values[0]) : values[0] + '+' + values[values.length - 1]);
      await sleep(10);
    }, 2);
    cargo.push([1, 2, 3]); say('pushed');
    await sleep(5);
    cargo.push([4, 5]);
    await cargo.drain(); say('end');
  },
  async abort_goes_on(say) {
    const control = new AbortController();
    setTimeout(() => { control.abort(); say('aborted'); }, 5);
    await heeding(say, control.signal);
  },
  async abort_after_the_end(say) {
    const control = new AbortController();
    setTimeout(() => { control.abort(); say('aborted'); }, 30);
    await heeding(say, control.signal);
  },
  async abort_before(say) { await heeding(say, AbortSignal.abort()); },
  async each_of(say) {
    await async.eachOf({ 1: 30, 2: 10 }, async (ms, key) => {
      say('+' + key); await sleep(ms); say('-' + key);
    });
    say('end');
  },
  async map_values(say) {
    const results = await async.mapValues({ 1: 30, 2: 10 }, async (ms, key) => {
      await sleep(ms); say(String(key)); return ms;
    });
    say(results[1] + ',' + results[2]);
  },
  async map_limit(say) {
    say((await async.mapLimit([50, 10, 20], 2, slow(say))).join(','));
  },
  async parallel_limit(say) {
    await async.parallelLimit(thirds(say), 2).then(() => say('end'), () => say('error'));
  },
  async each_error(say) {
    await async.each([50, 10, 30], async (ms) => {
      await slow(say)(ms);
      if (ms === 10) throw new Error('1');
    }).catch(() => say('error'));
    await sleep(80);
  },
  async auto_error(say) {
    const step = (name, ms, fails) => async () => {
      say('+' + name); await sleep(ms); say('-' + name);
      if (fails) throw new Error('1');
    };
    await async.auto({
      a: step('a', 50), b: step('b', 10, true), c: ['a', step('c', 10)],
    }).catch(() => say('error'));
    await sleep(80);
  },
  async queue_error(say) {
    const queue = async.queue(async (ms) => {
      await slow(say)(ms);
      if (ms === 10) throw new Error('1');
    }, 1);
    queue.push([10, 20]);
    await queue.drain(); say('end');
  },
  async abort_timeout(say) { await heeding(say, AbortSignal.timeout(10)); },
  async each_synchronous(say) {
    setImmediate(() => say('next'));
    await async.each([1, 2, 3], synchronous(say)); say('end');
    await sleep(5);
  },
  async each_synchronous_error(say) {
    await async.each([1, 2, 3], firstFails(say)).catch(() => say('error'));
  },
  async map_limit_synchronous_error(say) {
    await async.mapLimit([1, 2, 3], 3, firstFails(say)).catch(() => say('error'));
  },
  async each_of_synchronous_error(say) {
    await async.eachOf({ 1: 1, 2: 2 }, (value, key, done) => firstFails(say)(value, done))
      .catch(() => say('error'));
  },
  async parallel_synchronous_error(say) {
    await async.parallel([1, 2, 3].map((value) => (done) => firstFails(say)(value, done)))
      .catch(() => say('error'));
  },
  async microtasks(say) {
    await new Promise((done) => setTimeout(() => {
      setImmediate(() => { say('immediate'); done(); });
      ['a', 'b'].forEach((name) => queueMicrotask(() => {
        say(name);
        queueMicrotask(() => say(name + name));
      }));
      say('callback');
    }, 1));
  },
};

(async () => {
  for (const [name, rule] of Object.entries(rules)) {
    const words = [];
    await rule((word) => words.push(word));
    console.log(name + ': ' + words.join(' '));
  }
})();
