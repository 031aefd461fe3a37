// `npm run bench [name…]`: builds the Worker, then measures it; all benchmarks if none is named.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { fail, local, root, run, say } from '../scripts/run.mjs';

const program = (name) => join('bench', name, 'run.mjs');
const all = readdirSync(join(root, 'bench')).filter((name) => existsSync(join(root, program(name)))).sort();
const named = process.argv.slice(2);
const unknown = named.find((name) => !all.includes(name));
if (unknown) fail(`there is no benchmark ${unknown}, but ${all.join(', ')}`);

await build();
for (const name of named.length ? named : all) {
  say(`measuring ${name}`);
  if (!run('node', [program(name)], { env: { ...local, WRANGLER_LOG: 'error' } })) fail(`the benchmark ${name} failed: see above`);
}
