/* The page of one run. All that comes from the target is shown through textContent, never as HTML. */
(() => {
'use strict';

const story = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);

const ROW = 26;
const NOTE = 17;
const CHAR = 7.3;        /* width of a character of a label */
const TIME_END = 86;
const FIRST_COLUMN = 112;
const COLUMN_MAX = 260;
const FOLD_FROM = 40;    /* a run with fewer deliveries is short enough to be shown whole */
const NAMES_HEIGHT = 38;
const LOST_MAX = 8;      /* messages that were not delivered, below the diagram; the list has all */

const LINES_MAX = 6;     /* of what a program writes at once */

const SVG = 'http://www.w3.org/2000/svg';

function svg(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes)
    element.setAttribute(key, attributes[key]);
  if (text !== undefined)
    element.textContent = text;
  if (parent)
    parent.append(element);
  return element;
}

function html(name, className, text, parent) {
  const element = document.createElement(name);
  if (className)
    element.className = className;
  if (text !== undefined)
    element.textContent = text;
  if (parent)
    parent.append(element);
  return element;
}

function duration(us) {
  if (us === 0)
    return '0';
  if (us < 1000)
    return us + 'us';
  return us < 1000000 ? us / 1000 + 'ms' : us / 1000000 + 's';
}

function cut(text, length) {
  return text.length > length ? text.slice(0, length - 1) + '\u2026' : text;
}

function actorName(id) {
  return story.actors[id] ? story.actors[id].name : '?';
}

/* Whether it lets a task go on: then its text is a name, such as "sleep ends". */
function isResume(message) {
  return message.kind !== null && !message.text.startsWith(message.kind);
}

/* A message as people tell it from others of its kind: pay#0(order=3). */
function label(message) {
  if (message.kind === null)
    return 'starts again';
  if (isResume(message))
    return message.text;
  return message.kind + '#' + message.ordinal + message.text.slice(message.kind.length);
}

function receiverOf(message) {
  return message.to === undefined ? message.actor : message.to;
}

function way(message, to) {
  if (message.kind === null)
    return actorName(to);
  if (isResume(message) && message.from === to)
    return actorName(to) + ', by itself';
  if (message.flags && message.flags.includes('timer'))
    return actorName(to) + ', its own timer';
  return actorName(message.from) + ' \u2192 ' + actorName(to);
}

/* -- one run, prepared -- */

function isPair(run, index) {
  return run.pair !== null && Object.values(run.pair).includes(index);
}

/* Lines that programs have written, the first so many of each. */
function linesOf(said) {
  const notes = [];
  for (const { actor, stream, text } of said) {
    const lines = text.trimEnd().split('\n');
    for (const line of lines.slice(0, LINES_MAX))
      notes.push({ text: stream + ': ' + line, kind: 'said', actor });
    if (lines.length > LINES_MAX)
      notes.push({ text: stream + ': and more', kind: 'said', actor });
  }
  return notes;
}

function notesOf(run, delivery) {
  const notes = [];
  const has = (flag) => delivery.flags.includes(flag);
  if (delivery.deviation && !has('retried') && !has('copy'))
    notes.push({ text: delivery.deviation.effect, kind: 'note' });
  for (const choice of delivery.choices.filter((made) => made.value > 0))
    notes.push({ text: ['chooses', choice.point, choice.value].filter(String).join(' '), kind: 'note' });
  notes.push(...linesOf(delivery.said));
  if (has('copy'))
    notes.push({ text: 'second copy', kind: 'note' });
  const isTold = has('crashed') && delivery.deviation;
  if (has('lost') && !isTold)
    notes.push({ text: 'lost, nobody is there', kind: 'note' });
  if (has('crashed') && !isTold)
    notes.push({ text: 'crashes here', kind: 'note' });
  if (has('ended'))
    notes.push({ text: 'ends here', kind: 'plain' });
  if (has('postponed'))
    notes.push({ text: 'postponed', kind: 'plain' });
  if (has('retried'))
    notes.push({ text: 'handled again', kind: 'plain' });
  if (violates(run, delivery.index))
    notes.push({ text: run.verdict.invariant + ' is violated', kind: 'wrong' });
  return notes;
}

function violates(run, index) {
  return run.verdict.outcome === 'violated' && index === run.deliveries.length - 1;
}

/* By actor, how it was from which delivery on; -1 is the beginning. */
function historyOf(run) {
  const history = story.actors.map(() => []);
  const add = (index, change) => history[change.actor].push({ index, change });
  for (const change of run.initial)
    add(-1, change);
  for (const delivery of run.deliveries) {
    for (const change of delivery.changes)
      add(delivery.index, change);
  }
  return history;
}

function latest(entries, index) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].index <= index)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 ? entries[low - 1] : null;
}

function prepare(run) {
  const isKept = (delivery) => delivery.relevant || isPair(run, delivery.index);
  const hidden = run.deliveries.filter((delivery) => !isKept(delivery)).length;
  return {
    run,
    isKept,
    hidden,
    history: historyOf(run),
    notes: run.deliveries.map((delivery) => notesOf(run, delivery)),
    step: run.deliveries.length,
    isFolded: hidden > 0 && run.deliveries.length > FOLD_FROM,
    opened: new Set(),   /* first deliveries of folds that were opened one by one */
  };
}

/* Of what was sent and reached nobody, all but timers that were cancelled. */
function newsOf(run) {
  return run.undelivered.filter((message) => !message.timer || message.deviation);
}

/* -- what stands where -- */

function notesAt(view, row) {
  if (!row.lost)
    return view.notes[row.first];
  const effect = row.lost.deviation ? ': ' + row.lost.deviation.effect : '';
  return [{ text: 'not delivered' + effect, kind: row.lost.deviation ? 'note' : 'plain' }];
}

/* The rows from top to bottom: deliveries, and folds of several that had no part in the violation. */
function rowsOf(view) {
  const rows = [];
  const deliveries = view.run.deliveries;
  for (let index = 0; index < deliveries.length; index++) {
    let end = index;
    if (view.isFolded && !view.opened.has(index)) {
      while (end < deliveries.length && !view.isKept(deliveries[end]))
        end++;
    } else if (view.isFolded) {
      /* An opened fold lists all of its deliveries. */
      while (end < deliveries.length && !view.isKept(deliveries[end]))
        rows.push({ first: end, last: end++ });
      if (end > index) {
        index = end - 1;
        continue;
      }
    }
    if (end - index > 1) {
      rows.push({ first: index, last: end - 1, isFold: true });
      index = end - 1;
    } else {
      rows.push({ first: index, last: index });
    }
  }
  for (const message of newsOf(view.run).slice(0, LOST_MAX))
    rows.push({ first: deliveries.length, last: deliveries.length - 1, lost: message });
  let y = 8;
  for (const row of rows) {
    row.y = y;
    row.height = ROW + (row.isFold ? 2 : NOTE * notesAt(view, row).length);
    row.middle = y + ROW / 2;
    y += row.height;
  }
  return { rows, height: y + 16 };
}

function columnsOf(view, rows) {
  const widths = new Map();
  const widen = (id, length) => {
    const least = 7.8 * actorName(id).length + 34;
    widths.set(id, Math.max(widths.get(id) || 0, least, length));
  };
  for (const row of rows) {
    if (row.isFold)
      continue;
    const message = row.lost || view.run.deliveries[row.first];
    const longest = Math.max(label(message).length,
                             ...notesAt(view, row).map((note) => note.text.length));
    if (message.from !== null)
      widen(message.from, 0);
    widen(receiverOf(message), CHAR * longest + 40);
  }
  const columns = new Map();
  let x = FIRST_COLUMN;
  for (const id of [...widths.keys()].sort((a, b) => a - b)) {
    const width = Math.min(widths.get(id), COLUMN_MAX);
    columns.set(id, { x: x, width: width });
    x += width;
  }
  return { columns, width: x + 24 };
}

/* -- drawing -- */

let drawn = null;

function drawNames(view, layout) {
  const names = svg('svg', { class: 'names', width: layout.width, height: NAMES_HEIGHT });
  for (const [id, column] of layout.columns) {
    const name = svg('text', { x: column.x - 6, y: 24 }, names,
                     cut(actorName(id), Math.floor(column.width / 7.8)));
    svg('title', {}, name, actorName(id));
    layout.names.set(id, name);
  }
  return names;
}

/* The lifeline of an actor, dotted where it is down. */
function drawLife(view, layout, id, column, parent) {
  let from = 0;
  let up = true;
  const segment = (to) => {
    if (to > from)
      svg('line', { class: up ? 'life' : 'life down', x1: column.x, x2: column.x, y1: from, y2: to },
          parent);
    from = to;
  };
  for (const entry of view.history[id]) {
    if (entry.change.up === up)
      continue;
    const row = layout.rowOf[Math.max(entry.index, 0)];
    segment(row ? row.middle : 0);
    up = entry.change.up;
  }
  segment(layout.height);
}

function drawHead(x, y, dx, dy, className, parent) {
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const [bx, by] = [x - 8 * ux, y - 8 * uy];
  const points = [[x, y], [bx - 3.5 * uy, by + 3.5 * ux], [bx + 3.5 * uy, by - 3.5 * ux]];
  return svg('polygon', { class: className, points: points.map((at) => at.join(',')).join(' ') }, parent);
}

/* From where the message was sent to where it arrived: what took long is seen to fall. */
function drawArrow(view, layout, row, parent) {
  const message = row.lost || view.run.deliveries[row.first];
  const from = layout.columns.get(message.from);
  const to = layout.columns.get(receiverOf(message));
  if (!from || !to)
    return [];
  const start = message.cause === null ? null : layout.rowOf[message.cause];
  const isDashed = row.lost || message.flags.includes('timer');
  const kind = (message.deviation ? ' deviation' : '') + (isDashed ? ' dashed' : '');
  const y1 = start && start !== row ? start.middle + 5 : row.middle;
  if (from === to) {
    const x = to.x - 14;
    const path = `M ${to.x} ${y1} C ${x} ${y1 + 4}, ${x} ${row.middle}, ${to.x - 6} ${row.middle}`;
    return [svg('path', { class: 'arrow' + kind, d: path }, parent),
            drawHead(to.x - 5, row.middle, 1, 0, 'head' + kind, parent)];
  }
  const side = Math.sign(to.x - from.x);
  const [dx, dy] = [to.x - from.x - 5 * side, row.middle - y1];
  return [svg('line', { class: 'arrow' + kind, x1: from.x, y1: y1, x2: from.x + dx, y2: y1 + dy }, parent),
          drawHead(from.x + dx, y1 + dy, dx, dy, 'head' + kind, parent)];
}

function drawWords(view, layout, row) {
  const message = row.lost || view.run.deliveries[row.first];
  const column = layout.columns.get(receiverOf(message));
  const most = Math.floor((column.width - 30) / CHAR);
  const text = svg('text', { class: 'label', x: column.x + 11, y: row.middle + 4 }, row.group,
                   cut(label(message), most));
  svg('title', {}, text, label(message));
  notesAt(view, row).forEach((note, at) => {
    svg('text', { class: 'label ' + note.kind, x: column.x + 11, y: row.middle + 4 + NOTE * (at + 1) },
        row.group, cut(note.text, most));
  });
}

function drawLost(view, layout, row, parent) {
  const { x } = layout.columns.get(row.lost.to);
  row.className = 'row lost';
  row.group = svg('g', { class: row.className }, parent);
  svg('path', { class: 'cross', d: `M ${x - 4} ${row.middle - 4} l 8 8 m 0 -8 l -8 8` }, row.group);
  drawWords(view, layout, row);
}

function drawRow(view, layout, row, parent) {
  const run = view.run;
  const delivery = run.deliveries[row.first];
  const classes = ['row'];
  if (view.notes[row.first].some((note) => note.kind === 'note'))
    classes.push('hit');
  if (isPair(run, row.first))
    classes.push('pair');
  if (violates(run, row.first))
    classes.push('violation');
  row.className = classes.join(' ');
  row.group = svg('g', { class: row.className, 'data-index': row.first }, parent);
  svg('text', { class: 'time', x: TIME_END, y: row.middle + 4 }, row.group, duration(delivery.time_us));
  const centre = { cx: layout.columns.get(delivery.actor).x, cy: row.middle };
  if (isPair(run, row.first))
    svg('circle', { class: 'ring', ...centre, r: 8 }, row.group);
  svg('circle', { class: 'dot', ...centre, r: 4 }, row.group);
  drawWords(view, layout, row);
  row.group.addEventListener('click', () => go(row.first + 1));
}

function openFold(view, row) {
  view.opened.add(row.first);
  draw();
}

function drawFold(view, layout, row, parent) {
  const count = row.last - row.first + 1;
  row.className = 'folded';
  row.group = svg('g', { class: 'folded' }, parent);
  svg('text', { x: FIRST_COLUMN - 6, y: row.middle + 5 }, row.group,
      '\u22ef ' + count + ' deliveries that had no part in it');
  row.group.addEventListener('click', () => openFold(view, row));
}

/* The bands lie under the lifelines and the arrows, the words above them. */
function drawBand(view, layout, row, parent) {
  if (row.lost)
    return;
  if (row.isFold) {
    row.bands = svg('g', {}, parent);
    svg('rect', { x: 0, y: row.y + 4, width: layout.width, height: row.height - 8 }, row.bands);
    row.bands.addEventListener('click', () => openFold(view, row));
    return;
  }
  row.bands = svg('g', { class: 'row' }, parent);
  svg('rect', { class: 'band', x: 0, y: row.y, width: layout.width, height: row.height }, row.bands);
  svg('rect', { class: 'edge', x: 0, y: row.y, width: 3, height: row.height }, row.bands);
  row.bands.addEventListener('click', () => go(row.first + 1));
}

function draw() {
  const view = shown;
  const { rows, height } = rowsOf(view);
  const { columns, width } = columnsOf(view, rows);
  const area = byId('diagram');
  const layout = { rows, height, columns, names: new Map(), rowOf: [],
                   width: Math.max(width, area.clientWidth - 2) };
  for (const row of rows) {
    for (let index = row.first; index <= row.last; index++)
      layout.rowOf[index] = row;
  }
  const picture = svg('svg', { width: layout.width, height: height, role: 'img' });
  const bands = svg('g', {}, picture);
  const lives = svg('g', {}, picture);
  const arrows = svg('g', {}, picture);
  const words = svg('g', {}, picture);
  for (const row of rows)
    drawBand(view, layout, row, bands);
  for (const [id, column] of columns)
    drawLife(view, layout, id, column, lives);
  for (const row of rows) {
    row.arrow = row.isFold ? [] : drawArrow(view, layout, row, arrows);
    for (const part of row.arrow)
      part.baseName = part.getAttribute('class');
    (row.isFold ? drawFold : row.lost ? drawLost : drawRow)(view, layout, row, words);
  }
  area.replaceChildren(drawNames(view, layout), picture);
  drawn = layout;
  showFold();
  showStep();
}

/* -- the step -- */

function showEvent(view) {
  const place = byId('event');
  place.replaceChildren();
  if (view.step === 0) {
    html('div', 'what', 'Before the first delivery', place);
    for (const line of linesOf(view.run.said))
      html('div', 'said', actorName(line.actor) + ', ' + line.text, place);
    return;
  }
  const delivery = view.run.deliveries[view.step - 1];
  html('div', 'what', label(delivery), place);
  html('div', 'way', way(delivery, delivery.actor), place);
  if (delivery.sent_us !== null) {
    const cause = delivery.cause === null ? '' : ', by ' + label(view.run.deliveries[delivery.cause]);
    html('div', 'way', 'sent at ' + duration(delivery.sent_us) + cause, place);
  }
  if (isPair(view.run, delivery.index))
    html('div', 'note', 'one of those whose order decides', place);
  for (const note of view.notes[delivery.index])
    html('div', note.kind === 'plain' ? 'way' : note.kind, note.text, place);
}

/* What runs for an actor: each timer with when it fires, and how far off that is. */
function showTimers(change, now, item) {
  const TIMERS_MAX = 12;
  const timers = change.timers.slice().sort((a, b) => a.due_us - b.due_us);
  for (const timer of timers.slice(0, TIMERS_MAX)) {
    const line = html('div', 'timer', undefined, item);
    html('span', '', timer.text, line);
    html('span', 'due', duration(timer.due_us) + (timer.due_us > now ? ', in ' + duration(timer.due_us - now) : ', now'), line);
  }
  if (timers.length > TIMERS_MAX)
    html('div', 'timer', 'and ' + (timers.length - TIMERS_MAX) + ' more timers', item);
}

function showStates(view) {
  const now = view.step ? view.run.deliveries[view.step - 1].time_us : 0;
  const place = byId('states');
  const items = [];
  view.history.forEach((entries, id) => {
    const entry = latest(entries, view.step - 1);
    if (!entry || id === 0)
      return;
    const { change } = entry;
    const item = html('div', 'actor');
    item.dataset.actor = id;
    item.classList.toggle('changed', view.step > 0 && entry.index === view.step - 1);
    item.classList.toggle('down', !change.up);
    const title = html('div', 'title', undefined, item);
    html('span', '', actorName(id), title);
    html('span', change.mailbox ? 'mailbox some' : 'mailbox',
         change.mailbox ? change.mailbox + ' in its mailbox' : 'mailbox empty', title);
    html('pre', '', change.up ? change.state : 'down', item);
    showTimers(change, now, item);
    items.push(item);
  });
  place.replaceChildren(...items);
}

function showRows(view) {
  const current = view.step > 0 ? drawn.rowOf[view.step - 1] : null;
  for (const row of drawn.rows) {
    const suffix = (row === current ? ' current' : '') + (!row.lost && row.first >= view.step ? ' future' : '');
    row.group.setAttribute('class', row.className + suffix);
    if (row.bands)
      row.bands.setAttribute('class', row.className + suffix);
    for (const part of row.arrow)
      part.setAttribute('class', part.baseName + suffix);
  }
  for (const [id, name] of drawn.names) {
    const entry = latest(view.history[id], view.step - 1);
    name.setAttribute('class', entry && !entry.change.up ? 'gone' : '');
  }
  scrollTo(current);
}

function scrollTo(row) {
  const area = byId('diagram');
  if (!row) {
    area.scrollTop = 0;
    return;
  }
  const room = area.clientHeight - NAMES_HEIGHT;
  if (row.y < area.scrollTop)
    area.scrollTop = Math.max(0, row.y - ROW);
  else if (row.y + row.height > area.scrollTop + room)
    area.scrollTop = row.y + row.height + ROW - room;
  const column = row.isFold ? null : drawn.columns.get(shown.run.deliveries[row.first].actor);
  if (!column)
    return;
  if (column.x < area.scrollLeft + TIME_END)
    area.scrollLeft = Math.max(0, column.x - FIRST_COLUMN);
  else if (column.x + column.width > area.scrollLeft + area.clientWidth)
    area.scrollLeft = column.x + column.width - area.clientWidth;
}

function showStep() {
  const view = shown;
  const count = view.run.deliveries.length;
  const slider = byId('slider');
  slider.max = count;
  slider.value = view.step;
  byId('back').disabled = view.step === 0;
  byId('forward').disabled = view.step === count;
  byId('position').textContent = 'step ' + view.step + ' of ' + count;
  byId('clock').textContent = duration(view.step ? view.run.deliveries[view.step - 1].time_us : 0);
  showEvent(view);
  showStates(view);
  showRows(view);
}

function go(step) {
  shown.step = Math.max(0, Math.min(step, shown.run.deliveries.length));
  showStep();
}

/* One row on or back; what is folded is passed over. */
function move(direction) {
  let step = shown.step + direction;
  const isFolded = (at) => at > 0 && drawn.rowOf[at - 1] && drawn.rowOf[at - 1].isFold;
  while (isFolded(step))
    step += direction;
  if (step >= 0 && step <= shown.run.deliveries.length)
    go(step);
}

/* -- the rest of the page -- */

function showFold() {
  const button = byId('fold');
  button.hidden = shown.hidden === 0;
  button.textContent = shown.isFolded ? 'Show all ' + shown.run.deliveries.length : 'Fold what had no part';
}

function showUndelivered(run) {
  const place = byId('undelivered');
  const list = place.querySelector('ul');
  const news = newsOf(run);
  list.replaceChildren();
  place.hidden = news.length === 0;
  for (const message of news.slice(0, 100)) {
    const item = html('li', '', label(message) + '  ' + way(message, message.to), list);
    if (message.deviation)
      html('span', 'note', '  ' + message.deviation.effect, item);
  }
  if (news.length > 100)
    html('li', '', 'and ' + (news.length - 100) + ' more', list);
}

function showRun(view) {
  const { run } = view;
  const verdict = byId('verdict');
  shown = view;
  verdict.className = run.verdict.outcome;
  verdict.textContent = {
    violated: run.verdict.invariant + ' is violated',
    passed: 'no violation',
    cut: 'no violation up to where the run was cut (' + run.verdict.invariant + ')',
  }[run.verdict.outcome];
  byId('detail').textContent = [run.verdict.detail, run.verdict.explanation].filter(Boolean).join('\n');
  const unapplied = run.deviations.filter((deviation) => !deviation.applied).map((each) => each.text);
  byId('scenario').querySelector('pre').textContent =
    run.scenario.trimEnd() + unapplied.map((text) => '\n(had no effect: ' + text + ')').join('');
  if (passing) {
    byId('which').hidden = false;
    byId('which').textContent = view === failing ? 'Show the run that passes' : 'Show the run that fails';
  }
  showUndelivered(run);
  draw();
}

const failing = prepare(story.run);
const passing = story.passing ? prepare(story.passing) : null;
let shown = failing;

document.title = story.target + '/' + story.variant + ' - Offbeat';
byId('name').textContent = story.target + '/' + story.variant;
/* What decides, and what is necessary: what happens without each deviation, and how much it takes. */
function conditions() {
  const without = { passes: 'Passes without: ', differs: 'Violates something else without: ',
                    fails: 'Fails as well without: ' };
  const needs = story.necessary || [];
  const lines = [story.decides];
  for (const need of needs) {
    if (needs.length > 1)
      lines.push(without[need.without] + story.run.deviations[need.deviation].text);
    lines.push(need.text);
  }
  return lines.filter((line) => line).join('\n');
}

byId('decides').textContent = conditions();
byId('decides').hidden = !story.decides;

byId('slider').addEventListener('input', (event) => go(Number(event.target.value)));
byId('back').addEventListener('click', () => move(-1));
byId('forward').addEventListener('click', () => move(1));
byId('which').addEventListener('click', () => showRun(shown === failing ? passing : failing));
byId('fold').addEventListener('click', () => {
  shown.isFolded = !shown.isFolded;
  shown.opened.clear();
  draw();
});
document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
    return;
  const actions = {
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    Home: () => go(0),
    End: () => go(shown.run.deliveries.length),
  };
  if (actions[event.key]) {
    event.preventDefault();
    actions[event.key]();
  }
});
window.addEventListener('resize', draw);
showRun(failing);
})();
