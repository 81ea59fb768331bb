/* What is told of a step: the message, what it changed, and the states after it. */

/* -- what is different between two texts -- */

const DIFF_MAX = 200; /* parts of a text; longer ones are taken as a whole */

/* The parts of both, in order: {text, kind: same, old or new}. */
function differences(before, after) {
  if (before.length > DIFF_MAX || after.length > DIFF_MAX)
    return [
      ...before.map((text) => ({ text, kind: 'old' })),
      ...after.map((text) => ({ text, kind: 'new' })),
    ];
  const lengths = Array.from(
    { length: before.length + 1 },
    () => new Uint16Array(after.length + 1)
  );
  for (let a = before.length - 1; a >= 0; a--) {
    for (let b = after.length - 1; b >= 0; b--)
      lengths[a][b] =
        before[a] === after[b]
          ? lengths[a + 1][b + 1] + 1
          : Math.max(lengths[a + 1][b], lengths[a][b + 1]);
  }
  const parts = [];
  let [a, b] = [0, 0];
  while (a < before.length || b < after.length) {
    if (a < before.length && b < after.length && before[a] === after[b]) {
      parts.push({ text: before[a++], kind: 'same' });
      b++;
    } else if (
      a < before.length &&
      (b === after.length || lengths[a + 1][b] >= lengths[a][b + 1])
    ) {
      parts.push({ text: before[a++], kind: 'old' });
    } else {
      parts.push({ text: after[b++], kind: 'new' });
    }
  }
  return parts;
}

const wordsIn = (text) => text.split(/(\s+|[=:,;()[\]])/).filter(Boolean);

/* A line that is another one now: the words that were, and those that are. */
function showChangedLine(before, after, place) {
  const line = html('div', 'line', undefined, place);
  for (const part of differences(wordsIn(before), wordsIn(after))) {
    if (part.kind === 'same') line.append(part.text);
    else html(part.kind === 'old' ? 'del' : 'ins', '', part.text, line);
  }
}

function showChangedText(before, after, place) {
  const parts = differences(before.split('\n').filter(Boolean), after.split('\n').filter(Boolean));
  for (let at = 0; at < parts.length; at++) {
    const next = parts[at + 1];
    if (parts[at].kind === 'same') continue;
    if (parts[at].kind === 'old' && next && next.kind === 'new') {
      showChangedLine(parts[at].text, next.text, place);
      at++;
    } else {
      html(
        parts[at].kind === 'old' ? 'del' : 'ins',
        '',
        parts[at].text,
        html('div', 'line', undefined, place)
      );
    }
  }
}

const countMailbox = (count) => (count === 0 ? 'mailbox empty' : count + ' in its mailbox');

/* An actor after a delivery beside what it was before. */
function showChange(before, after, now, place) {
  const item = html('div', 'change', undefined, place);
  html('h3', '', actorName(after.actor), item);
  const lines = html('div', 'lines', undefined, item);
  if (before && before.up !== after.up)
    html(
      after.up ? 'ins' : 'del',
      '',
      after.up ? 'up' : 'goes down',
      html('div', 'line', undefined, lines)
    );
  showChangedText(before ? before.state : '', after.up ? after.state : '', lines);
  if (before && before.mailbox !== after.mailbox)
    showChangedLine(countMailbox(before.mailbox), countMailbox(after.mailbox), lines);
  const timers = (change) =>
    change ? change.timers.map((timer) => timer.text + ' at ' + duration(timer.due_us)) : [];
  for (const part of differences(timers(before), timers(after))) {
    if (part.kind !== 'same')
      html(
        part.kind === 'old' ? 'del' : 'ins',
        'timer',
        'timer ' + part.text,
        html('div', 'line', undefined, lines)
      );
  }
}

function showChanges(view) {
  const place = byId('changes');
  place.replaceChildren();
  const delivery = view.run.deliveries[view.step - 1];
  const changes = delivery ? delivery.changes.filter((change) => change.actor !== 0) : [];
  for (const change of changes) {
    const entries = view.past.get(change.actor);
    const at = latestAt(entries, view.step - 1);
    showChange(at > 0 ? entries[at - 1].change : null, entries[at].change, delivery.time_us, place);
  }
  for (const move of delivery ? view.moves[delivery.index] : []) {
    const item = html('div', 'change', undefined, place);
    html('h3', '', actorName(move.id), item);
    html('ins', '', move.state, html('div', 'lines', undefined, item));
  }
  if (!place.firstChild)
    html('p', 'soft', delivery ? 'No state is another one.' : 'Nothing yet.', place);
}

/* -- the message -- */

function linkTo(address, text, parent) {
  const link = html('a', '', text, parent);
  link.href = '#' + address;
  return link;
}

function showTwin(view, delivery, place) {
  if (!passing) return;
  const other = otherOf(view);
  const words = other === passing ? 'the run that passes' : 'the run that fails';
  const twin = twinOf(view, delivery.index);
  const line = html('div', 'way', 'in ' + words + ': ', place);
  if (twin < 0) line.append('not delivered');
  else
    linkTo(
      `run=${other.side}&step=${twin + 1}`,
      `step ${twin + 1}, ${duration(other.run.deliveries[twin].time_us)}`,
      line
    );
}

function showEvent(view) {
  const place = byId('event');
  place.replaceChildren();
  if (view.step === 0) {
    html('h2', 'what', 'Before the first delivery', place);
    for (const line of linesOf(view.run.said))
      html('div', 'said', actorName(line.actor) + ', ' + line.text, place);
    return;
  }
  const delivery = view.run.deliveries[view.step - 1];
  html('h2', 'what', label(delivery), place);
  html('div', 'way', way(delivery, delivery.actor), place);
  if (delivery.sent_us !== null) {
    const line = html('div', 'way', 'sent at ' + duration(delivery.sent_us), place);
    if (delivery.cause !== null) {
      line.append(', by ');
      linkTo(
        `run=${view.side}&step=${delivery.cause + 1}`,
        label(view.run.deliveries[delivery.cause]),
        line
      );
    }
  }
  if (isPair(view.run, delivery.index))
    html('div', 'note', 'one of those whose order decides', place);
  for (const note of view.notes[delivery.index])
    html('div', note.kind === 'plain' ? 'way' : note.kind, note.text, place);
  showTwin(view, delivery, place);
  const links = html('div', 'way', undefined, place);
  linkTo(
    'message=' + addressOf(delivery) + (passing ? '&run=' + view.side : ''),
    'address of this message',
    links
  );
}

/* -- all states -- */

/* What runs for an actor: each timer with when it fires, and how far off that is. */
function showTimers(change, now, item) {
  const TIMERS_MAX = 12;
  const timers = change.timers.slice().sort((a, b) => a.due_us - b.due_us);
  for (const timer of timers.slice(0, TIMERS_MAX)) {
    const line = html('div', 'timer', undefined, item);
    html('span', '', timer.text, line);
    html(
      'span',
      'due',
      duration(timer.due_us) +
        (timer.due_us > now ? ', in ' + duration(timer.due_us - now) : ', now'),
      line
    );
  }
  if (timers.length > TIMERS_MAX)
    html('div', 'timer', 'and ' + (timers.length - TIMERS_MAX) + ' more timers', item);
}

function showStates(view) {
  const now = view.step ? view.run.deliveries[view.step - 1].time_us : 0;
  const items = [];
  for (const [id, entries] of view.past) {
    const entry = latest(entries, view.step - 1);
    if (!entry || id === 0 || filter.actors.has(id)) continue;
    const { change } = entry;
    const item = html('div', 'actor');
    item.dataset.actor = id;
    item.classList.toggle('changed', view.step > 0 && entry.index === view.step - 1);
    item.classList.toggle('down', !change.up);
    const title = html('h3', 'title', undefined, item);
    html('span', '', actorName(id), title);
    html('span', change.mailbox ? 'mailbox some' : 'mailbox', countMailbox(change.mailbox), title);
    html('pre', '', change.up ? change.state : 'down', item);
    showTimers(change, now, item);
    items.push(item);
  }
  byId('states').replaceChildren(...items);
}

function showUndelivered(run) {
  const place = byId('undelivered');
  const list = place.querySelector('ul');
  const news = newsOf(run);
  list.replaceChildren();
  place.hidden = news.length === 0;
  for (const message of news.slice(0, 100)) {
    const item = html('li', '', label(message) + '  ' + way(message, message.to), list);
    if (message.deviation) html('span', 'note', '  ' + message.deviation.effect, item);
  }
  if (news.length > 100) html('li', '', 'and ' + (news.length - 100) + ' more', list);
}
