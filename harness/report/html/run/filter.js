/* What the reader wants to see, of both runs. */

const filter = {
  actors: new Set(),   /* ids of columns that are hidden */
  kinds: new Set(),    /* names of kinds that are hidden */
  find: '',
  isOnly: false,       /* show what is found alone */
  isFolded: true,
};

function isFound(view, index) {
  const words = filter.find.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length > 0 && words.every((word) => wordsOf(view, index).includes(word));
}

function isShown(view, index) {
  const delivery = view.run.deliveries[index];
  return !filter.actors.has(delivery.actor) && !filter.kinds.has(kindOf(delivery)) &&
    (!filter.isOnly || !filter.find.trim() || isFound(view, index));
}

/* What is found stands by itself, whatever comes of it. */
function isFolded(view, index) {
  return filter.isFolded && view.folds[index] && !(filter.find && isFound(view, index));
}

function matchesOf(view) {
  const matches = [];
  for (let index = 0; filter.find.trim() && index < view.run.deliveries.length; index++) {
    if (isShown(view, index) && isFound(view, index))
      matches.push(index);
  }
  return matches;
}

/* The next that is found, in a direction, from a step on, round the end. */
function nextMatch(view, direction) {
  const matches = matchesOf(view);
  const at = view.step - 1;
  const next = direction > 0 ? matches.find((index) => index > at) : matches.findLast((index) => index < at);
  return next ?? matches.at(direction > 0 ? 0 : -1);
}
