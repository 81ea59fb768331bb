/* What the reader wants to see, of both runs. */

const filter = {
  actors: new Set() /* ids of columns that are hidden */,
  kinds: new Set() /* names of kinds that are hidden */,
  find: '',
  words: [] /* of it, in small letters; all of them must be there */,
  isOnly: false /* show what is found alone */,
  isFolded: true,
};

function setFind(text) {
  filter.find = text;
  filter.words = text.toLowerCase().split(/\s+/).filter(Boolean);
}

const isFinding = () => filter.words.length > 0;

function isFound(view, index) {
  return isFinding() && filter.words.every((word) => wordsOf(view, index).includes(word));
}

function isShown(view, index) {
  const delivery = view.run.deliveries[index];
  return (
    !filter.actors.has(delivery.actor) &&
    !filter.kinds.has(kindOf(delivery)) &&
    (!filter.isOnly || !isFinding() || isFound(view, index))
  );
}

/* What is found stands by itself, whatever comes of it. */
function isFolded(view, index) {
  return filter.isFolded && view.folds[index] && !isFound(view, index);
}

/* The deliveries that are found; kept until something else is shown. */
function matchesOf(view) {
  view.matches ||= !isFinding()
    ? []
    : view.run.deliveries
        .map((delivery) => delivery.index)
        .filter((index) => isShown(view, index) && isFound(view, index));
  return view.matches;
}

/* The next that is found, in a direction, from a step on, round the end. */
function nextMatch(view, direction) {
  const matches = matchesOf(view);
  const at = view.step - 1;
  const next =
    direction > 0 ? matches.find((index) => index > at) : matches.findLast((index) => index < at);
  return next ?? matches.at(direction > 0 ? 0 : -1);
}
