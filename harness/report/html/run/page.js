/* The page: which runs it shows, where in them the reader is, its controls, keys and address. */

const BOTH_FROM = 1500; /* pixels; where there is room the two runs stand beside each other */
const ADDRESS_MS = 120; /* after the last step, so that a key that is held does not flood it */

/* What is on the page: one run or both, and in which of them the steps go. */
const shown = { active: failing, show: 'fails', panes: [] };
let isPrinting = false;

function verdictOf(run) {
  return {
    violated: run.verdict.invariant + ' is violated',
    passed: 'no violation',
    cut: 'no violation up to where the run was cut (' + run.verdict.invariant + ')',
  }[run.verdict.outcome];
}

/* -- the step -- */

function showPosition(view) {
  const count = view.run.deliveries.length;
  const slider = byId('slider');
  slider.max = count;
  slider.value = view.step;
  slider.setAttribute('aria-valuetext', `step ${view.step} of ${count}`);
  byId('back').disabled = view.step === 0;
  byId('forward').disabled = view.step === count;
  byId('position').textContent = 'step ' + view.step + ' of ' + count;
  byId('clock').textContent = duration(view.step ? view.run.deliveries[view.step - 1].time_us : 0);
}

/* The other run goes along: to the same message, or to the last before it that both have. */
function follow(view) {
  const other = otherOf(view);
  if (!other || shown.panes.length < 2) return;
  let twin = view.step === 0 ? -1 : twinOf(view, view.step - 1);
  for (let index = view.step - 2; twin < 0 && index >= 0; index--) twin = twinOf(view, index);
  other.step = twin + 1;
}

function showStep() {
  const view = shown.active;
  follow(view);
  showPosition(view);
  showEvent(view);
  showChanges(view);
  showStates(view);
  for (const pane of shown.panes) {
    scrollTo(pane, pane.view.step > 0 ? pane.layout.rowOf[pane.view.step - 1] : null);
    drawHeads(pane);
    drawSeen(pane, true);
  }
  showFound();
  keepAddress();
}

function go(step) {
  const view = shown.active;
  view.step = Math.max(0, Math.min(step, view.run.deliveries.length));
  showStep();
}

/* One row on or back; what is folded or filtered out is passed over. */
function move(direction) {
  const view = shown.active;
  const { layout } = shown.panes.find((pane) => pane.view === view);
  let step = view.step + direction;
  const isPassed = (at) =>
    at > 0 &&
    at <= view.run.deliveries.length &&
    (!layout.rowOf[at - 1] || layout.rowOf[at - 1].isFold);
  while (isPassed(step)) step += direction;
  if (step >= 0 && step <= view.run.deliveries.length) go(step);
}

/* -- which run -- */

function activate(view) {
  if (shown.active === view) return;
  shown.active = view;
  showRun();
}

function showRun() {
  const { run } = shown.active;
  byId('verdict').className = run.verdict.outcome;
  byId('verdict').textContent = verdictOf(run);
  byId('detail').textContent = [run.verdict.detail, run.verdict.explanation]
    .filter(Boolean)
    .join('\n');
  const unapplied = run.deviations
    .filter((deviation) => !deviation.applied)
    .map((each) => each.text);
  byId('scenario').querySelector('pre').textContent =
    run.scenario.trimEnd() + unapplied.map((text) => '\n(had no effect: ' + text + ')').join('');
  for (const button of byId('sides').children)
    button.setAttribute('aria-pressed', button.dataset.show === shown.show);
  showUndelivered(run);
}

function show(what) {
  const views = what === 'both' ? [failing, passing] : [what === 'passes' ? passing : failing];
  shown.show = what;
  if (!views.includes(shown.active)) shown.active = views[0];
  byId('diagrams').replaceChildren();
  byId('diagrams').className = what === 'both' ? 'both' : '';
  shown.panes = views.map((view) => makePane(view, byId('diagrams')));
  showRun();
  draw();
}

function draw() {
  shown.panes.forEach((pane) => (pane.view.matches = null));
  shown.panes.forEach(drawPane);
  showFold();
  if (!isPrinting) showStep();
}

/* -- finding and filtering -- */

function showFound() {
  const matches = matchesOf(shown.active);
  const at = matches.indexOf(shown.active.step - 1);
  byId('found').textContent = !isFinding()
    ? ''
    : matches.length === 0
      ? 'nothing'
      : `${at < 0 ? '' : at + 1 + ' of '}${matches.length}`;
}

function goToMatch(direction) {
  const index = nextMatch(shown.active, direction);
  if (index !== undefined) go(index + 1);
}

function showFold() {
  const hidden = shown.panes.reduce((sum, pane) => sum + pane.view.hidden, 0);
  byId('fold').hidden = hidden === 0;
  byId('fold').setAttribute('aria-pressed', filter.isFolded);
}

function fold() {
  filter.isFolded = !filter.isFolded;
  shown.panes.forEach((pane) => pane.view.opened.clear());
  draw();
}

/* A box that hides something; `group` is a set that the keys go into while it is not ticked. */
function addBox(words, keys, group, parent) {
  const wrap = html('label', '', undefined, parent);
  const box = html('input', '', undefined, wrap);
  box.type = 'checkbox';
  wrap.append(' ' + words);
  const update = () => (box.checked = !keys.every((key) => group.has(key)));
  box.addEventListener('change', () => {
    keys.forEach((key) => (box.checked ? group.delete(key) : group.add(key)));
    showBoxes();
    draw();
  });
  boxes.push(update);
}

const boxes = [];
const showBoxes = () => {
  boxes.forEach((update) => update());
  const count = filter.actors.size + filter.kinds.size;
  byId('filter').textContent = count ? `Filter (${count} hidden)` : 'Filter';
  byId('only').checked = filter.isOnly;
};

function makeBoxes() {
  const ids = (role) =>
    story.actors.filter((actor) => actor.role === role).map((actor) => actor.id);
  const [hosts, others] = [ids('host'), ids('actor')];
  const place = byId('actors');
  if (hosts.length > 1 && others.length > 0) addBox('all hosts', hosts, filter.actors, place);
  if (monitors.length > 1)
    addBox(
      'all monitors',
      monitors.map((one) => one.id),
      filter.actors,
      place
    );
  for (const actor of [...story.actors, ...monitors])
    addBox(actor.name, [actor.id], filter.actors, place);
  const kinds = new Map();
  for (const view of [failing, passing].filter(Boolean)) {
    for (const delivery of view.run.deliveries)
      kinds.set(kindOf(delivery), (kinds.get(kindOf(delivery)) || 0) + (view === failing ? 1 : 0));
  }
  for (const [kind, count] of [...kinds].sort((a, b) => (a[0] < b[0] ? -1 : 1)))
    addBox(`${kind} (${count})`, [kind], filter.kinds, byId('kinds'));
}

function clearFilters() {
  filter.actors.clear();
  filter.kinds.clear();
  setFind('');
  filter.isOnly = false;
  byId('find').value = '';
  showBoxes();
  draw();
}

/* -- the address: #step=17&run=passes&show=both&find=pay&only=1&without=bank&kinds=-tick -- */

let addressTimer = 0;

function addressNow() {
  const parts = ['step=' + shown.active.step];
  const hidden = (set, words) => [...set].map((key) => encodeURIComponent(words(key))).join(',');
  if (passing && shown.active === passing) parts.push('run=passes');
  if (shown.show === 'both') parts.push('show=both');
  if (isFinding())
    parts.push('find=' + encodeURIComponent(filter.find), ...(filter.isOnly ? ['only=1'] : []));
  if (!filter.isFolded) parts.push('fold=0');
  if (filter.actors.size) parts.push('without=' + hidden(filter.actors, actorName));
  if (filter.kinds.size) parts.push('kinds=-' + hidden(filter.kinds, String));
  return '#' + parts.join('&');
}

function keepAddress() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => history.replaceState(null, '', addressNow()), ADDRESS_MS);
}

function readAddress(hash) {
  const values = new Map();
  for (const part of hash.slice(1).split('&')) {
    const [, key, value] = /^([a-z]+)=(.*)$/.exec(part) || [];
    if (key) values.set(key, value);
  }
  return values;
}

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return ''; /* no address of ours */
  }
};

function applyFilters(values) {
  const list = (text) => text.split(',').filter(Boolean).map(decoded);
  const ids = new Map([...nameOf].map(([id, name]) => [name, id]));
  setFind(decoded(values.get('find') || ''));
  filter.isOnly = values.get('only') === '1';
  filter.isFolded = values.get('fold') !== '0';
  filter.actors = replaceAll(
    filter.actors,
    list(values.get('without') || '').map((name) => ids.get(name))
  );
  filter.kinds = replaceAll(filter.kinds, list((values.get('kinds') || '').replace(/^-/, '')));
  byId('find').value = filter.find;
  showBoxes();
}

function replaceAll(set, keys) {
  set.clear();
  keys.filter((key) => key !== undefined).forEach((key) => set.add(key));
  return set;
}

/* Where the address leads: a step, or the step of a message, else the last. */
function stepOf(values, view) {
  const at = view.places.get(values.get('message'));
  if (at !== undefined) return at + 1;
  const step = parseInt(values.get('step'), 10);
  return Number.isNaN(step)
    ? view.run.deliveries.length
    : Math.max(0, Math.min(step, view.run.deliveries.length));
}

function applyAddress(hash) {
  const values = readAddress(hash);
  if (values.size === 0 && shown.panes.length > 0) return; /* a place on the page, not in the run */
  const isPassing = passing && values.get('run') === 'passes';
  /* A link within the page says where to go, and leaves the rest as it is. */
  if (
    values.has('show') ||
    values.has('find') ||
    values.has('without') ||
    values.has('kinds') ||
    shown.panes.length === 0
  )
    applyFilters(values);
  shown.active = isPassing ? passing : failing;
  shown.active.step = stepOf(values, shown.active);
  const isRoomy = passing && window.innerWidth >= BOTH_FROM;
  const wanted = passing ? values.get('show') : null;
  if (wanted === 'both' || (shown.panes.length === 0 ? isRoomy && !wanted : shown.show === 'both'))
    show('both');
  else show(shown.active.side);
}

/* -- the head, and what the reader does -- */

/* What decides and what is necessary: what becomes of it without each deviation, and how much it
 * takes. */
function conditions() {
  const without = {
    passes: 'Passes without: ',
    differs: 'Violates something else without: ',
    fails: 'Fails as well without: ',
  };
  const needs = story.necessary || [];
  const lines = [story.decides];
  for (const need of needs) {
    if (needs.length > 1)
      lines.push(without[need.without] + story.run.deviations[need.deviation].text);
    lines.push(need.text);
  }
  return lines.filter((line) => line).join('\n');
}

function showHead() {
  document.title = story.target + '/' + story.variant + ' - Offbeat';
  byId('name').textContent = story.target + '/' + story.variant;
  byId('decides').textContent = conditions();
  byId('decides').hidden = !story.decides;
  byId('sides').hidden = !passing;
}

function toggleFilters() {
  const place = byId('filters');
  place.hidden = !place.hidden;
  byId('filter').setAttribute('aria-expanded', !place.hidden);
}

function listen() {
  byId('slider').addEventListener('input', (event) => go(Number(event.target.value)));
  byId('back').addEventListener('click', () => move(-1));
  byId('forward').addEventListener('click', () => move(1));
  byId('fold').addEventListener('click', fold);
  byId('filter').addEventListener('click', toggleFilters);
  byId('clear').addEventListener('click', clearFilters);
  byId('help').addEventListener('click', () => byId('keys').showModal());
  byId('only').addEventListener('change', (event) => {
    filter.isOnly = event.target.checked;
    draw();
  });
  byId('find').addEventListener('input', (event) => {
    setFind(event.target.value);
    draw();
  });
  for (const button of byId('sides').children)
    button.addEventListener('click', () => show(button.dataset.show));
  window.addEventListener('resize', () => requestAnimationFrame(draw));
  /* What is kept of an earlier step may have taken the place of the address meanwhile. */
  window.addEventListener('hashchange', (event) => applyAddress(new URL(event.newURL).hash));
  matchMedia('print').addEventListener('change', (event) => print(event.matches));
  window.addEventListener('beforeprint', () => print(true));
  window.addEventListener('afterprint', () => print(false));
}

function print(isOnPaper) {
  if (isPrinting === isOnPaper) return;
  isPrinting = isOnPaper;
  draw();
}

const KEYS = {
  ArrowLeft: () => move(-1),
  ArrowRight: () => move(1),
  Home: () => go(0),
  End: () => go(shown.active.run.deliveries.length),
  n: () => goToMatch(1),
  N: () => goToMatch(-1),
  d: () => differsAt >= 0 && go(differsAt + 1),
  r: () =>
    passing &&
    (shown.show === 'both'
      ? (activate(otherOf(shown.active)), showStep())
      : show(otherOf(shown.active).side)),
  b: () => passing && show(shown.show === 'both' ? shown.active.side : 'both'),
  f: () => fold(),
  '?': () => byId('keys').showModal(),
};

document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || byId('keys').open) return;
  if (isTyping(event)) {
    if (event.target !== byId('find') || !['Enter', 'Escape'].includes(event.key)) return;
    event.preventDefault();
    if (event.key === 'Enter') goToMatch(event.shiftKey ? -1 : 1);
    else event.target.blur();
    return;
  }
  if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

showHead();
makeBoxes();
listen();
applyAddress(location.hash);
