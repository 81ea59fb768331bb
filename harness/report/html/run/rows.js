/* What stands where in a diagram: its rows from top to bottom, its columns from left to right. */

const ROW = 26;
const NOTE = 17;
const TOP = 8;
const DOT = 11; /* from a lifeline to a label beside it */
const COLUMN_MIN = 44;
const LOST_MAX = 8; /* messages that were not delivered, below the diagram; the list has all */
const KINDS_TOLD = 3; /* of a fold, by name */

const MONO = '12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';
const SANS = '13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/* -- how wide words are -- */

const ruler = document.createElement('canvas').getContext('2d');

function measure(text, font) {
  if (ruler.font !== font) ruler.font = font;
  return ruler.measureText(text).width;
}

const monoWidth = measure('0'.repeat(100), MONO) / 100;

function widthOf(text) {
  /* eslint-disable-next-line no-control-regex */
  return /^[\x20-\x7e]*$/.test(text) ? text.length * monoWidth : measure(text, MONO);
}

/* A text no wider than so much; what is cut ends in an ellipsis. */
function fit(text, width, measured) {
  if (measured(text) <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measured(text.slice(0, middle) + '\u2026') <= width) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low) + '\u2026';
}

const fitMono = (text, width) => fit(text, width, widthOf);
const fitName = (text, width) => fit(text, width, (part) => measure(part, '600 ' + SANS));

/* -- rows -- */

function notesAt(view, row) {
  if (!row.lost) return view.notes[row.first];
  const effect = row.lost.deviation ? ': ' + row.lost.deviation.effect : '';
  return [{ text: 'not delivered' + effect, kind: row.lost.deviation ? 'note' : 'plain' }];
}

const messageOf = (view, row) => row.lost || view.run.deliveries[row.first];

/* Several deliveries in one line: how many, and of what. */
function wordsOfFold(view, members) {
  const deliveries = members.map((index) => view.run.deliveries[index]);
  const counts = new Map();
  for (const delivery of deliveries) {
    const name =
      (isResume(delivery) ? delivery.text : kindOf(delivery)) + ' at ' + actorName(delivery.actor);
    counts.set(name, (counts.get(name) || 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const told = sorted
    .slice(0, KINDS_TOLD)
    .map(([name, count]) => name + (count > 1 ? ' \u00d7' + count : ''));
  const rest = sorted.length > KINDS_TOLD ? ', \u2026' : '';
  const isNoise = deliveries.every((delivery) => delivery.folded !== null);
  return (
    `\u22ef ${members.length} ${isNoise ? 'of which nothing comes' : 'that had no part in it'}: ` +
    told.join(', ') +
    rest
  );
}

function addFold(view, rows, members) {
  if (members.length > 1)
    rows.push({
      first: members[0],
      last: members.at(-1),
      isFold: true,
      words: wordsOfFold(view, members),
    });
  else if (members.length === 1) rows.push({ first: members[0], last: members[0] });
}

/* Deliveries, and folds of several in a row. An opened fold lists all of its deliveries. */
function listRows(view) {
  const rows = [];
  let members = [];
  let isOpen = false;
  view.run.deliveries.forEach((delivery, index) => {
    const isFoldable = isFolded(view, index);
    isOpen = isFoldable && (isOpen || view.opened.has(index));
    if (!isShown(view, index)) return;
    if (isFoldable && !isOpen) {
      members.push(index);
      return;
    }
    addFold(view, rows, members);
    members = [];
    rows.push({ first: index, last: index });
  });
  addFold(view, rows, members);
  const isLostShown = (message) =>
    !filter.actors.has(message.to) &&
    !filter.kinds.has(kindOf(message)) &&
    !(filter.isOnly && isFinding());
  const lost = newsOf(view.run).filter(isLostShown).slice(0, LOST_MAX);
  const end = view.run.deliveries.length;
  rows.push(...lost.map((message) => ({ first: end, last: end - 1, lost: message })));
  return rows;
}

/* -- columns -- */

/* Who has a part in what is shown, in the order of ids, monitors last. */
function whoIsThere(view, rows) {
  const there = new Set();
  for (const row of rows) {
    if (row.isFold) continue;
    const message = messageOf(view, row);
    if (message.from !== null) there.add(message.from);
    there.add(receiverOf(message));
    for (const move of row.lost ? [] : view.moves[row.first]) there.add(move.id);
  }
  return [...there].filter((id) => !filter.actors.has(id)).sort((a, b) => a - b);
}

/* How wide the longest line of a column is. */
function longestIn(view, rows) {
  const longest = new Map();
  const widen = (id, text) =>
    longest.set(id, Math.max(longest.get(id) || 0, DOT + 14 + widthOf(text)));
  for (const row of rows) {
    if (row.isFold) continue;
    const message = messageOf(view, row);
    widen(receiverOf(message), label(message));
    for (const note of notesAt(view, row)) widen(receiverOf(message), note.text);
    for (const move of row.lost ? [] : view.moves[row.first]) widen(move.id, move.state);
  }
  return longest;
}

/* Gives the room that is left to those that want more, alike, and what nobody wants to all. */
function share(columns, wants, room) {
  let open = columns.filter((column) => wants(column) > column.width);
  while (room > 1 && open.length > 0) {
    const part = room / open.length;
    for (const column of open) {
      const more = Math.min(part, wants(column) - column.width);
      column.width += more;
      room -= more;
    }
    open = open.filter((column) => wants(column) - column.width > 0.5);
  }
  return room;
}

/* Each has room for its name, then for its longest line, then for more. Where even names have too
 * little they are cut; a label may reach across the columns behind it. */
function columnsOf(view, rows, width) {
  const longest = longestIn(view, rows);
  const ids = whoIsThere(view, rows);
  const times = rows
    .filter((row) => !row.lost && !row.isFold)
    .map((row) => duration(view.run.deliveries[row.first].time_us).length);
  const timeEnd = Math.max(4, ...new Set(times)) * monoWidth + 12;
  const first = timeEnd + 22;
  const columns = ids.map((id) => ({
    id,
    width: COLUMN_MIN,
    name: measure(actorName(id), '600 ' + SANS) + 22,
    line: longest.get(id) || 0,
  }));
  let room = width - first - 4 - columns.length * COLUMN_MIN;
  room = share(columns, (column) => column.name, room);
  if (columns.length > 0)
    room = share([columns.at(-1)], (column) => Math.min(column.line, 260), room);
  room = share(columns, (column) => column.line, room);
  if (room > 0) columns.forEach((column) => (column.width += room / columns.length));
  let x = first;
  const byActor = new Map();
  for (const column of columns) {
    column.x = x;
    x += column.width;
    byActor.set(column.id, column);
  }
  return { columns: byActor, timeEnd, first, width: Math.max(width, x + 4) };
}

/* -- both -- */

/* Where the words of a row begin: beside its dot, or below it where they do not fit there. */
function placeWords(layout, row, longest) {
  const column = layout.columns.get(receiverOf(row.message));
  const beside = column.x + DOT;
  const room = layout.width - 6 - beside;
  row.isBelow = longest > room && room < layout.width - layout.first - 6;
  row.wordsX = row.isBelow ? Math.max(8, Math.min(beside, layout.width - 6 - longest)) : beside;
}

/* The states that monitors went into stand in its row where there is room, else each in a line of
 * its own below it. */
function placeMoves(view, layout, row, longest) {
  const moves = row.lost ? [] : view.moves[row.first].filter((move) => layout.columns.has(move.id));
  const end = row.isBelow ? 0 : row.wordsX + longest;
  const fits = (move, at) => {
    const { x } = layout.columns.get(move.id);
    const next = moves[at + 1] ? layout.columns.get(moves[at + 1].id).x - 8 : layout.width - 6;
    return x - 8 > end && x + DOT + widthOf(move.state) <= next;
  };
  const isBelow = !moves.every(fits);
  const lines = row.notes.length + (row.isBelow ? 2 : 1);
  row.moves = moves.map((move, at) => {
    const { x } = layout.columns.get(move.id);
    const wordsX = Math.max(8, Math.min(x + DOT, layout.width - 6 - widthOf(move.state)));
    return { ...move, x, wordsX, y: row.middle + (isBelow ? NOTE * (lines + at) : 0) };
  });
  return isBelow ? moves.length : 0;
}

function layOut(view, width) {
  const rows = listRows(view);
  const layout = { rows, rowOf: [], ...columnsOf(view, rows, width) };
  let y = TOP;
  for (const row of rows) {
    row.y = y;
    row.middle = y + ROW / 2;
    row.height = ROW + 2;
    if (!row.isFold) {
      row.message = messageOf(view, row);
      row.notes = notesAt(view, row);
      row.label = label(row.message);
      const longest = Math.max(...[row.label, ...row.notes.map((note) => note.text)].map(widthOf));
      placeWords(layout, row, longest);
      const moveLines = placeMoves(view, layout, row, longest);
      row.height = ROW + NOTE * (row.notes.length + (row.isBelow ? 1 : 0) + moveLines);
    }
    y += row.height;
    for (let index = row.first; index <= row.last; index++) layout.rowOf[index] = row;
  }
  rows.forEach((row, place) => (row.place = place));
  layout.height = y + 16;
  layout.spans = spansOf(layout);
  return layout;
}

/* By blocks of rows, the rows whose arrows begin above the block's end and end below it. */
const BLOCK = 64;
const SPANS_MAX = 300; /* arrows that only pass by, of one block; more is a wall */

function spansOf(layout) {
  const spans = [];
  for (const row of layout.rows) {
    const cause =
      row.isFold || row.message.cause === null ? undefined : layout.rowOf[row.message.cause];
    if (!cause) continue;
    for (
      let block = Math.floor(cause.place / BLOCK);
      block < Math.floor(row.place / BLOCK);
      block++
    ) {
      spans[block] ||= [];
      if (spans[block].length < SPANS_MAX) spans[block].push(row);
    }
  }
  return spans;
}

/* The row at a height, or the last above it. */
function rowAt(layout, y) {
  let [low, high] = [0, layout.rows.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (layout.rows[middle].y <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
