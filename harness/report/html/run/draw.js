/* The diagram. Only the rows near what is seen are elements of the document. */

const SVG = 'http://www.w3.org/2000/svg';
const NAMES_HEIGHT = 34;
const PRINT_WIDTH = 980;
const PRINT_ROWS = 24; /* rows that stay on one sheet together */

function svg(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

function titled(element, whole) {
  if (element.textContent !== whole) svg('title', {}, element, whole);
}

function drawNames(pane, layout) {
  const names = svg('svg', { class: 'names', width: layout.width, height: NAMES_HEIGHT });
  names.setAttribute('aria-hidden', 'true');
  const last = pane.view.step - 1;
  for (const [id, column] of layout.columns) {
    const entry = pane.view.past.has(id) ? latest(pane.view.past.get(id), last) : null;
    const classes = [
      entry && !entry.change.up ? 'gone' : '',
      monitorOf.has(actorName(id)) && id > story.actors.length - 1 ? 'monitor' : '',
    ];
    const name = svg(
      'text',
      { x: column.x - 6, y: 22, class: classes.join(' ').trim() },
      names,
      fitName(actorName(id), column.width - 4)
    );
    titled(name, actorName(id));
  }
  return names;
}

/* The lifeline of an actor from one height to another, dotted where it is down. */
function drawLife(pane, layout, column, from, to, parent) {
  const entries = pane.view.past.get(column.id) || [];
  let up = true;
  let y = from;
  const segment = (end) => {
    if (end > y)
      svg(
        'line',
        { class: up ? 'life' : 'life down', x1: column.x, x2: column.x, y1: y, y2: end },
        parent
      );
    y = Math.max(y, end);
  };
  for (const entry of entries) {
    if (entry.change.up === up) continue;
    const row = layout.rowOf[Math.max(entry.index, 0)];
    if (!row) continue;
    segment(Math.min(row.middle, to));
    up = entry.change.up;
  }
  segment(to);
}

function drawHead(x, y, dx, dy, className, parent) {
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const [bx, by] = [x - 8 * ux, y - 8 * uy];
  const points = [
    [x, y],
    [bx - 3.5 * uy, by + 3.5 * ux],
    [bx + 3.5 * uy, by - 3.5 * ux],
  ];
  svg('polygon', { class: className, points: points.map((at) => at.join(',')).join(' ') }, parent);
}

/* From where the message was sent to where it arrived: what took long is seen to fall. */
function drawArrow(layout, row, suffix, parent) {
  const { message } = row;
  const from = layout.columns.get(message.from);
  const to = layout.columns.get(receiverOf(message));
  if (!from || !to) return;
  const start = message.cause === null ? null : layout.rowOf[message.cause];
  const isDashed = row.lost || message.flags.includes('timer');
  const kind = (message.deviation ? ' deviation' : '') + (isDashed ? ' dashed' : '') + suffix;
  const y1 = start && start !== row ? start.middle + 5 : row.middle;
  if (from === to) {
    const x = to.x - 14;
    const path = `M ${to.x} ${y1} C ${x} ${y1 + 4}, ${x} ${row.middle}, ${to.x - 6} ${row.middle}`;
    svg('path', { class: 'arrow' + kind, d: path }, parent);
    drawHead(to.x - 5, row.middle, 1, 0, 'head' + kind, parent);
    return;
  }
  const side = Math.sign(to.x - from.x);
  const [dx, dy] = [to.x - from.x - 5 * side, row.middle - y1];
  svg('line', { class: 'arrow' + kind, x1: from.x, y1, x2: from.x + dx, y2: y1 + dy }, parent);
  drawHead(from.x + dx, y1 + dy, dx, dy, 'head' + kind, parent);
}

function drawWords(layout, row, parent) {
  const room = layout.width - 6 - row.wordsX;
  const lines = [{ text: row.label, kind: '' }, ...row.notes];
  lines.forEach((line, at) => {
    const y = row.middle + 4 + NOTE * (at + (row.isBelow ? 1 : 0));
    const words = svg(
      'text',
      { class: ('label ' + line.kind).trim(), x: row.wordsX, y },
      parent,
      fitMono(line.text, room)
    );
    titled(words, line.text);
  });
}

function drawMoves(layout, row, parent) {
  for (const move of row.moves) {
    svg('rect', { class: 'state', x: move.x - 4, y: row.middle - 4, width: 8, height: 8 }, parent);
    const words = svg(
      'text',
      { class: 'label move', x: move.wordsX, y: move.y + 4 },
      parent,
      fitMono(move.state, layout.width - 6 - move.wordsX)
    );
    titled(words, move.state);
  }
}

/* Classes that say what a row is, and where the reader is. */
function classesOf(pane, row) {
  const { view } = pane;
  const classes = [];
  if (row.lost) return 'row lost';
  if (row.isFold) classes.push('folded');
  else classes.push('row');
  if (!row.isFold && row.notes.some((note) => note.kind === 'note')) classes.push('hit');
  if (!row.isFold && isPair(view.run, row.first)) classes.push('pair');
  if (!row.isFold && violates(view.run, row.first)) classes.push('violation');
  if (!row.isFold && isFound(view, row.first)) classes.push('match');
  if (row === pane.layout.rowOf[view.step - 1])
    classes.push(pane.view === shown.active ? 'current' : 'twin');
  else if (row.first >= view.step) classes.push('future');
  return classes.join(' ');
}

function suffixOf(classes) {
  return classes.includes('current') ? ' current' : classes.includes('future') ? ' future' : '';
}

function drawRow(pane, layout, row, classes, parent) {
  if (row.isFold) {
    const fold = svg('g', { class: classes, 'data-fold': row.first }, parent);
    const room = layout.width - layout.timeEnd - 20;
    const words = svg(
      'text',
      { x: layout.timeEnd + 12, y: row.middle + 5 },
      fold,
      fitMono(row.words, room)
    );
    titled(words, row.words);
    return;
  }
  const group = svg(
    'g',
    row.lost ? { class: classes } : { class: classes, 'data-index': row.first },
    parent
  );
  const { x } = layout.columns.get(receiverOf(row.message));
  if (row.lost) {
    svg('path', { class: 'cross', d: `M ${x - 4} ${row.middle - 4} l 8 8 m 0 -8 l -8 8` }, group);
  } else {
    svg(
      'text',
      { class: 'time', x: layout.timeEnd, y: row.middle + 4 },
      group,
      duration(row.message.time_us)
    );
    if (isPair(pane.view.run, row.first))
      svg('circle', { class: 'ring', cx: x, cy: row.middle, r: 8 }, group);
    svg('circle', { class: 'dot', cx: x, cy: row.middle, r: 4 }, group);
    drawMoves(layout, row, group);
  }
  drawWords(layout, row, group);
}

/* Bands lie under the lifelines and the arrows, the words above them. */
function drawBand(pane, layout, row, classes, parent) {
  if (row.lost) return;
  if (row.isFold) {
    const fold = svg('g', { class: classes, 'data-fold': row.first }, parent);
    svg('rect', { x: 0, y: row.y + 4, width: layout.width, height: row.height - 8 }, fold);
    return;
  }
  const band = svg('g', { class: classes, 'data-index': row.first }, parent);
  svg('rect', { class: 'band', x: 0, y: row.y, width: layout.width, height: row.height }, band);
  svg('rect', { class: 'edge', x: 0, y: row.y, width: 3, height: row.height }, band);
  if (row.first === differsAt)
    svg('line', { class: 'differs', x1: 0, x2: layout.width, y1: row.y, y2: row.y }, band);
}

/* Arrows into rows further down that begin above the end of these. */
function passingBy(layout, end) {
  return (layout.spans[Math.floor(end / BLOCK)] || []).filter((row) => row.place > end);
}

/* Some rows, as a picture of their own. */
function drawRows(pane, layout, begin, end) {
  const rows = layout.rows.slice(begin, end + 1);
  const top = begin === 0 ? 0 : rows[0].y;
  const bottom = end >= layout.rows.length - 1 ? layout.height : rows.at(-1).y + rows.at(-1).height;
  const picture = svg('svg', {
    class: 'rows',
    width: layout.width,
    height: bottom - top,
    viewBox: `0 ${top} ${layout.width} ${bottom - top}`,
    'aria-hidden': 'true',
  });
  const [bands, lives, arrows, words] = [0, 1, 2, 3].map(() => svg('g', {}, picture));
  const classes = rows.map((row) => classesOf(pane, row));
  rows.forEach((row, at) => drawBand(pane, layout, row, classes[at], bands));
  for (const column of layout.columns.values()) drawLife(pane, layout, column, top, bottom, lives);
  for (const row of passingBy(layout, end))
    drawArrow(layout, row, suffixOf(classesOf(pane, row)), arrows);
  rows.forEach((row, at) => {
    if (!row.isFold) drawArrow(layout, row, suffixOf(classes[at]), arrows);
    drawRow(pane, layout, row, classes[at], words);
  });
  picture.dataset.top = top;
  return picture;
}

/* -- a pane: one run, in a place that scrolls -- */

function makePane(view, place) {
  const area = html('section', 'pane', undefined, place);
  const pane = { view, area, layout: null, drawn: null };
  area.tabIndex = 0;
  area.dataset.side = view.side;
  area.setAttribute(
    'aria-label',
    view.side === 'fails' ? 'Sequence diagram' : 'Sequence diagram of the run that passes'
  );
  pane.head = html('div', 'head', undefined, area);
  pane.body = html('div', 'body', undefined, area);
  area.addEventListener('scroll', () => requestAnimationFrame(() => drawSeen(pane)), {
    passive: true,
  });
  area.addEventListener('click', (event) => clicked(pane, event));
  return pane;
}

function clicked(pane, event) {
  const part = event.target.closest('[data-index], [data-fold]');
  if (!part) return;
  if (part.dataset.fold !== undefined) {
    pane.view.opened.add(Number(part.dataset.fold));
    drawPane(pane);
    return;
  }
  activate(pane.view);
  go(Number(part.dataset.index) + 1);
}

/* The rows that are seen and as many above and below; what is there already stays. */
function drawSeen(pane, always) {
  const { area, layout } = pane;
  if (!layout || isPrinting) return;
  const height = Math.max(area.clientHeight, 200);
  const first = rowAt(layout, area.scrollTop);
  const last = rowAt(layout, area.scrollTop + height);
  if (!always && pane.drawn && first >= pane.drawn.first && last <= pane.drawn.last) return;
  const begin = rowAt(layout, Math.max(0, area.scrollTop - height));
  const end = rowAt(layout, area.scrollTop + 2 * height);
  pane.drawn = { first: begin, last: end };
  pane.body.style.height = layout.height + 'px';
  pane.body.style.width = layout.width + 'px';
  if (layout.rows.length === 0) {
    pane.body.replaceChildren(html('p', 'soft nothing', 'Nothing to show.'));
    return;
  }
  const picture = drawRows(pane, layout, begin, end);
  picture.style.top = picture.dataset.top + 'px';
  pane.body.replaceChildren(picture);
}

function drawHeads(pane) {
  pane.head.replaceChildren();
  if (shown.panes.length > 1) {
    const isActive = pane.view === shown.active;
    html(
      'p',
      'side ' + pane.view.run.verdict.outcome + (isActive ? ' active' : ''),
      verdictOf(pane.view.run),
      pane.head
    );
  }
  pane.head.append(drawNames(pane, pane.layout));
}

function drawPane(pane) {
  const width = isPrinting ? PRINT_WIDTH : pane.area.clientWidth - 2;
  pane.layout = layOut(pane.view, width);
  pane.drawn = null;
  if (isPrinting) {
    printPane(pane);
    return;
  }
  drawHeads(pane);
  drawSeen(pane, true);
}

/* On paper there are all rows, in pictures that a page does not break. */
function printPane(pane) {
  const pictures = [];
  pane.head.replaceChildren(
    html('p', 'side ' + pane.view.run.verdict.outcome, verdictOf(pane.view.run))
  );
  pane.body.removeAttribute('style');
  for (let begin = 0; begin < pane.layout.rows.length; begin += PRINT_ROWS) {
    const sheet = html('div', 'sheet');
    const end = Math.min(begin + PRINT_ROWS, pane.layout.rows.length) - 1;
    for (const picture of [drawNames(pane, pane.layout), drawRows(pane, pane.layout, begin, end)]) {
      if (!picture.hasAttribute('viewBox'))
        picture.setAttribute('viewBox', `0 0 ${pane.layout.width} ${NAMES_HEIGHT}`);
      sheet.append(picture);
    }
    pictures.push(sheet);
  }
  pane.body.replaceChildren(...pictures);
}

/* Makes a row seen, with some of what is around it. */
function scrollTo(pane, row) {
  const { area } = pane;
  const head = pane.head.offsetHeight;
  if (!row) {
    area.scrollTop = 0;
    return;
  }
  const room = area.clientHeight - head;
  if (row.y < area.scrollTop + ROW) area.scrollTop = Math.max(0, row.y - 2 * ROW);
  else if (row.y + row.height > area.scrollTop + room - ROW)
    area.scrollTop = row.y + row.height + 2 * ROW - room;
  const column = row.isFold
    ? null
    : pane.layout.columns.get(pane.view.run.deliveries[row.first]?.actor);
  if (!column || pane.layout.width <= area.clientWidth) return;
  if (column.x < area.scrollLeft + pane.layout.timeEnd)
    area.scrollLeft = Math.max(0, column.x - pane.layout.first);
  else if (column.x + column.width > area.scrollLeft + area.clientWidth)
    area.scrollLeft = column.x + column.width - area.clientWidth;
}
