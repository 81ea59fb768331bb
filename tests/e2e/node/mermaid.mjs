// usage: node mermaid.mjs MODULES DIAGRAM...: has Mermaid's own parser read them.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, ...diagrams] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), 'package.json'));
const { JSDOM } = require('jsdom');

// The parser cleans texts with the help of a browser's document.
const { window } = new JSDOM('');
globalThis.window = window;
globalThis.document = window.document;
const entry = path.join(path.resolve(modules), 'node_modules/mermaid/dist/mermaid.core.mjs');
const { default: mermaid } = await import(pathToFileURL(entry));

// A parser that takes everything would show nothing.
const isTaken = async (text) => Boolean(await mermaid.parse(text, { suppressErrors: true }));
if (await isTaken('sequenceDiagram\n  a ->>> b: x\n'))
  throw new Error('the parser takes what is no diagram');

for (const diagram of diagrams) {
  const result = await mermaid.parse(fs.readFileSync(diagram, 'utf8'));
  if (result.diagramType !== 'sequence')
    throw new Error(`${diagram}: a diagram of type ${result.diagramType}`);
}
console.log(`${diagrams.length} diagrams read`);
