// `npm run bench`: runs all benchmarks, or those that are named (`npm run bench -- formats`). They get the
// options.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { fail, local, root, run, say } from '../tooling/run.mjs';

const here = join(root, 'bench');
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const names = process.argv.slice(2).filter((argument) => !options.includes(argument));
const all = readdirSync(here).filter((name) => existsSync(join(here, name, 'run.mjs')));
for (const name of names) if (!all.includes(name)) fail(`there is no benchmark ${name}: there are ${all.join(', ')}`);

await build();
for (const name of names.length ? names : all) {
  say(`measuring ${name}`);
  // This is Node 24, which is one of the packages.
  if (!run('node', [join(here, name, 'run.mjs'), ...options], { env: { ...local, WRANGLER_LOG: 'error' } })) fail(`${name} could not be measured: see above`);
}
