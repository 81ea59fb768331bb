/* What all pages share: elements, addresses, and lists that can be searched, filtered and sorted. A
 * page says the same without it. */

const byId = (id) => document.getElementById(id);

function html(name, className, text, parent) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

/* -- addresses: what stands behind the # is the id of an element -- */

function reveal() {
  let id = '';
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    return; /* no address of ours */
  }
  document.querySelectorAll('.here').forEach((row) => row.classList.remove('here'));
  const target = id && (byId(id) || byId(id.replace('=', '-')));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) {
    if (at.tagName === 'DETAILS') at.open = true;
  }
  const row = target.closest('tr') || target;
  row.hidden = false;
  row.classList.add('here');
  target.scrollIntoView({ block: 'center' });
}

/* -- lists -- */

const TOOLS_FROM = 6; /* rows; in fewer everybody sees what there is */

const rowsIn = (table) => [...table.tBodies[0].rows];

/* What a cell is sorted by: a number where it begins with one. */
function valueOf(row, column) {
  const cell = row.cells[column];
  const text = cell ? (cell.dataset.value || cell.textContent).trim() : '';
  const number = parseFloat(text.replace(/,/g, ''));
  return /^[-+]?[\d.]/.test(text) && !Number.isNaN(number) ? number : text.toLowerCase();
}

function compareValues(a, b) {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' ? -1 : 1;
}

function sortBy(table, column, direction) {
  const rows = rowsIn(table).map((row) => ({ row, value: valueOf(row, column) }));
  rows.sort((a, b) => direction * compareValues(a.value, b.value));
  table.tBodies[0].append(...rows.map((each) => each.row));
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.textContent) return;
    const button = html('button', 'sort', head.textContent);
    button.type = 'button';
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const direction = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', direction > 0 ? 'ascending' : 'descending');
      sortBy(table, column, direction);
    });
  });
}

/* A choice among the values of a column. */
function makeChoice(table, head, tools, filter) {
  const column = head.cellIndex;
  const values = new Set(rowsIn(table).map((row) => row.cells[column].textContent.trim()));
  if (values.size < 2) return null;
  const choice = html('select', '', undefined, tools);
  choice.setAttribute('aria-label', head.textContent);
  html('option', '', head.textContent + ': all', choice).value = '';
  for (const value of [...values].sort()) html('option', '', value, choice).value = value;
  choice.addEventListener('change', filter);
  return (row) => !choice.value || row.cells[column].textContent.trim() === choice.value;
}

function makeTools(table) {
  const tools = html('div', 'tools');
  const find = html('input', 'find', undefined, tools);
  const tests = [];
  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rowsIn(table)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word)) || !tests.every((test) => test(row));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rowsIn(table).length}`;
  };
  find.type = 'search';
  find.placeholder = 'Find';
  find.setAttribute('aria-label', 'Find in this list');
  find.addEventListener('input', filter);
  for (const head of table.tHead.querySelectorAll('th[data-choose]')) {
    const test = makeChoice(table, head, tools, filter);
    if (test) tests.push(test);
  }
  const count = html('output', '', undefined, tools);
  filter();
  const place = table.closest('.wide') || table;
  place.before(tools);
}

/* For narrow screens, where a cell stands without its column's head. */
function nameCells(table) {
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent);
  for (const head of table.tHead.rows[0].cells) head.scope ||= 'col';
  for (const row of rowsIn(table)) {
    [...row.cells].forEach((cell, column) => {
      if (heads[column] && column > 0) cell.dataset.head = heads[column];
    });
  }
}

function prepareLists() {
  for (const table of document.querySelectorAll('table.list, .scroll > table')) {
    if (!table.tHead || !table.tBodies.length) continue;
    table.classList.add('list');
    nameCells(table);
    if (rowsIn(table).length >= TOOLS_FROM) makeTools(table);
    if (rowsIn(table).length > 1) makeSortable(table);
  }
}

/* The key / goes to the first field that finds something. */
function isTyping(event) {
  return (
    event.target.matches && event.target.matches('input:not([type="range"]), select, textarea')
  );
}

document.addEventListener('keydown', (event) => {
  const find = document.querySelector('input[type="search"]');
  if (
    event.key !== '/' ||
    !find ||
    isTyping(event) ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  )
    return;
  event.preventDefault();
  find.focus();
  find.select();
});

prepareLists();
window.addEventListener('hashchange', reveal);
reveal();
