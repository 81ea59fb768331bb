/* The story, and words for what is in it. All that comes from the target is shown through
 * textContent, never as HTML. */

const story = JSON.parse(byId('data').textContent);

const LINES_MAX = 6; /* of what a program writes at once */
const FOLD_FROM = 40; /* a run with fewer deliveries is short enough to be shown whole */

const monitors = story.monitors;
const monitorOf = new Map(monitors.map((monitor) => [monitor.name, monitor.id]));
const nameOf = new Map([...story.actors, ...monitors].map((one) => [one.id, one.name]));

function duration(us) {
  if (us === 0) return '0';
  if (us < 1000) return us + 'us';
  return us < 1000000 ? us / 1000 + 'ms' : us / 1000000 + 's';
}

const actorName = (id) => nameOf.get(id) ?? '?';

/* Whether it lets a task go on: then its text is a name, such as "sleep ends". */
function isResume(message) {
  return message.kind !== null && !message.text.startsWith(message.kind);
}

/* A message as people tell it from others of its kind: pay#0(order=3). */
function label(message) {
  if (message.kind === null) return 'starts again';
  if (isResume(message)) return message.text;
  return message.kind + '#' + message.ordinal + message.text.slice(message.kind.length);
}

function receiverOf(message) {
  return message.to === undefined ? message.actor : message.to;
}

/* What a reader calls its kind. */
function kindOf(message) {
  return message.kind === null ? 'starts again' : message.kind;
}

function way(message, to) {
  if (message.kind === null) return actorName(to);
  if (isResume(message) && message.from === to) return actorName(to) + ', by itself';
  if (message.flags && message.flags.includes('timer')) return actorName(to) + ', its own timer';
  return actorName(message.from) + ' \u2192 ' + actorName(to);
}

/* -- one run, prepared -- */

function isPair(run, index) {
  return run.pair !== null && Object.values(run.pair).includes(index);
}

function violates(run, index) {
  return run.verdict.outcome === 'violated' && index === run.deliveries.length - 1;
}

/* Lines that programs have written, the first so many of each. */
function linesOf(said) {
  const notes = [];
  for (const { actor, stream, text } of said) {
    if (monitorOf.has(stream)) continue;
    const lines = text.trimEnd().split('\n');
    for (const line of lines.slice(0, LINES_MAX))
      notes.push({ text: stream + ': ' + line, kind: 'said', actor });
    if (lines.length > LINES_MAX) notes.push({ text: stream + ': and more', kind: 'said', actor });
  }
  return notes;
}

/* The states that monitors went into. */
function movesOf(said) {
  return said
    .filter((each) => monitorOf.has(each.stream))
    .map((each) => ({ id: monitorOf.get(each.stream), state: each.text }));
}

function notesOf(run, delivery) {
  const notes = [];
  const has = (flag) => delivery.flags.includes(flag);
  if (delivery.deviation && !has('retried') && !has('copy'))
    notes.push({ text: delivery.deviation.effect, kind: 'note' });
  for (const choice of delivery.choices.filter((made) => made.value > 0))
    notes.push({
      text: ['chooses', choice.point, choice.value].filter(String).join(' '),
      kind: 'note',
    });
  notes.push(...linesOf(delivery.said));
  if (has('copy')) notes.push({ text: 'second copy', kind: 'note' });
  const isTold = has('crashed') && delivery.deviation;
  if (has('lost') && !isTold) notes.push({ text: 'lost, nobody is there', kind: 'note' });
  if (has('crashed') && !isTold) notes.push({ text: 'crashes here', kind: 'note' });
  if (has('ended')) notes.push({ text: 'ends here', kind: 'plain' });
  if (has('postponed')) notes.push({ text: 'postponed', kind: 'plain' });
  if (has('retried')) notes.push({ text: 'handled again', kind: 'plain' });
  if (violates(run, delivery.index))
    notes.push({ text: run.verdict.invariant + ' is violated', kind: 'wrong' });
  return notes;
}

/* By actor, how it was from which delivery on; -1 is the beginning. */
function historyOf(run) {
  const past = new Map(story.actors.map((actor) => [actor.id, []]));
  const add = (index, change) => past.get(change.actor).push({ index, change });
  for (const change of run.initial) add(-1, change);
  for (const delivery of run.deliveries) {
    for (const change of delivery.changes) add(delivery.index, change);
  }
  return past;
}

/* Where the last entry is that is not behind a delivery, or -1. */
function latestAt(entries, index) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].index <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function latest(entries, index) {
  return entries[latestAt(entries, index)] || null;
}

/* A name for a message that both runs share, as scenarios name it: sender/receiver/kind/ordinal. */
function addressOf(message) {
  const parts = [
    actorName(message.from ?? 0),
    actorName(receiverOf(message)),
    kindOf(message),
    message.ordinal ?? 0,
  ];
  return parts.map((part) => encodeURIComponent(part)).join('/');
}

/* By address, the first delivery of each message. */
function placesOf(run) {
  const places = new Map();
  for (const delivery of run.deliveries) {
    const address = addressOf(delivery);
    if (!places.has(address)) places.set(address, delivery.index);
  }
  return places;
}

/* Of what was sent and reached nobody, all but timers that were cancelled. */
function newsOf(run) {
  return run.undelivered.filter((message) => !message.timer || message.deviation);
}

function prepare(run, side) {
  const isKept = (delivery) =>
    delivery.relevant || isPair(run, delivery.index) || violates(run, delivery.index);
  const isLong = run.deliveries.length > FOLD_FROM;
  const folds = run.deliveries.map(
    (delivery) =>
      (delivery.folded !== null && !violates(run, delivery.index)) || (isLong && !isKept(delivery))
  );
  return {
    run,
    side,
    folds,
    hidden: folds.filter(Boolean).length,
    past: historyOf(run),
    notes: run.deliveries.map((delivery) => notesOf(run, delivery)),
    moves: run.deliveries.map((delivery) => movesOf(delivery.said)),
    places: placesOf(run),
    words: [] /* by delivery, what a search looks through: see wordsOf() */,
    step: run.deliveries.length,
    opened: new Set() /* first deliveries of folds that were opened one by one */,
  };
}

function wordsOf(view, index) {
  if (view.words[index] === undefined) {
    const delivery = view.run.deliveries[index];
    const moves = view.moves[index].map((move) => actorName(move.id) + ': ' + move.state);
    const notes = view.notes[index].map((note) => note.text);
    view.words[index] = [label(delivery), way(delivery, delivery.actor), ...notes, ...moves]
      .join('\n')
      .toLowerCase();
  }
  return view.words[index];
}

/* -- both runs -- */

const failing = prepare(story.run, 'fails');
const passing = story.passing ? prepare(story.passing, 'passes') : null;
const otherOf = (view) => (view === failing ? passing : failing);

/* The first delivery at which the two runs are not the same; -1 where one is the beginning of the
 * other. */
function firstDifference() {
  const [a, b] = [failing.run.deliveries, passing ? passing.run.deliveries : []];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    if (
      addressOf(a[index]) !== addressOf(b[index]) ||
      a[index].time_us !== b[index].time_us ||
      a[index].text !== b[index].text
    )
      return index;
  }
  return -1;
}

const differsAt = firstDifference();

/* Where the other run has the same message, or -1. */
function twinOf(view, index) {
  const other = otherOf(view);
  const at = other && other.places.get(addressOf(view.run.deliveries[index]));
  return at === undefined || at === null ? -1 : at;
}
