// `npm run bench`: every benchmark, or those that are named (`npm run bench -- formats`). Options are
// passed on to them.
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
  // Node 24, which the packages bring.
  if (!run('node', [join(here, name, 'run.mjs'), ...options], { env: { ...local, WRANGLER_LOG: 'error' } })) fail(`${name} could not be measured: see above`);
}
