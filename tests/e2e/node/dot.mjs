// usage: node dot.mjs MODULES GRAPH...: has Graphviz, compiled to WebAssembly, draw them.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, ...graphs] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), 'package.json'));
const viz = await require('@viz-js/viz').instance();

for (const graph of graphs) {
  const { status, output, errors } = viz.render(fs.readFileSync(graph, 'utf8'), { format: 'svg' });
  if (status !== 'success' || errors.length > 0 || !output.includes('</svg>'))
    throw new Error(`${graph}: ${errors.map((error) => error.message).join('; ')}`);
}
console.log(`${graphs.length} graphs drawn`);
