// usage: node sarif.mjs MODULES FILE...: checks files against the schema of SARIF 2.1.0, as the
// package @microsoft/jest-sarif carries it, and what that leaves open.
import assert from 'node:assert';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), 'package.json'));
const carrier = path.join(path.resolve(modules), 'node_modules/@microsoft/jest-sarif');
const requireThere = createRequire(path.join(carrier, 'package.json'));
const Ajv = requireThere('ajv');
const schema = JSON.parse(fs.readFileSync(path.join(carrier, 'lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'));
const ajv = new Ajv({ allErrors: true, schemaId: 'auto' });
ajv.addMetaSchema(requireThere('ajv/lib/refs/json-schema-draft-04.json'));
const validate = ajv.compile(schema);

for (const file of files) {
  const log = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert(validate(log), `${file}: ${JSON.stringify(validate.errors, null, 1)}`);
  const [run] = log.runs;
  const { rules } = run.tool.driver;
  assert.strictEqual(new Set(rules.map((rule) => rule.id)).size, rules.length, `${file}: a rule twice`);
  for (const result of run.results) {
    assert.strictEqual(rules[result.ruleIndex].id, result.ruleId, file);
    assert(result.message.text.length > 0 && result.locations.length === 1, file);
  }
  const prints = run.results.map((result) => result.partialFingerprints['offbeatSignature/v1']);
  assert.strictEqual(new Set(prints).size, prints.length, `${file}: a fingerprint twice`);
}
// A check that takes everything would show nothing.
assert(!validate({ version: '2.1.0', runs: [{ results: [{}] }] }));
console.log(`${files.length} files are SARIF 2.1.0`);
