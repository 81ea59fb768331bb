// usage: node schema.mjs SCHEMA FILE...: checks files against a JSON schema, as far as ours goes. A
// member that the schema does not describe is a mistake, too.
import assert from 'node:assert';
import fs from 'node:fs';

const [schemaFile, ...files] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const known = ['$schema', '$defs', '$ref', 'title', 'description', 'type', 'required', 'properties',
  'items', 'enum', 'const', 'anyOf'];

function typeOf(value) {
  if (value === null)
    return 'null';
  if (Array.isArray(value))
    return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function check(value, rule, place) {
  for (const key of Object.keys(rule))
    assert(known.includes(key), `${place}: the schema says ${key}, which is not checked here`);
  if (rule.$ref)
    check(value, schema.$defs[rule.$ref.replace('#/$defs/', '')], place);
  if (rule.type)
    assert([rule.type].flat().includes(typeOf(value)), `${place}: ${typeOf(value)}`);
  if (rule.enum)
    assert(rule.enum.includes(value), `${place}: ${value}`);
  if ('const' in rule)
    assert.strictEqual(value, rule.const, place);
  if (rule.anyOf)
    assert(rule.anyOf.some((one) => one.type !== 'null' || value === null), place);
  if (rule.anyOf && value !== null)
    check(value, rule.anyOf.find((one) => one.type !== 'null'), place);
  if (rule.items && Array.isArray(value))
    value.forEach((item, index) => check(item, rule.items, `${place}[${index}]`));
  if (rule.properties && value !== null) {
    for (const name of rule.required)
      assert(name in value, `${place}: ${name} is missing`);
    for (const [name, member] of Object.entries(value)) {
      assert(name in rule.properties, `${place}: ${name} is not in the schema`);
      check(member, rule.properties[name], `${place}.${name}`);
    }
  }
}

// What a schema cannot say.
function checkRun(run, actorCount, place) {
  assert.deepStrictEqual(run.initial.map((change) => change.actor),
    Array.from({ length: actorCount }, (_, index) => index + 1), place);
  run.deliveries.forEach((delivery, index) => {
    assert.strictEqual(delivery.index, index, place);
    for (const earlier of [delivery.cause, delivery.previous])
      assert(earlier === null || earlier < index, place);
  });
  if (run.verdict.outcome === 'violated' && run.deliveries.length > 0)
    assert(run.deliveries.at(-1).relevant, place);
}

for (const file of files) {
  const story = JSON.parse(fs.readFileSync(file, 'utf8'));
  check(story, schema, file);
  checkRun(story.run, story.actors.length - 1, `${file}: run`);
  if (story.passing)
    checkRun(story.passing, story.actors.length - 1, `${file}: passing`);
}
console.log(`${files.length} files are valid`);
