// `npm run bench`: every benchmark, or those that are named (`npm run bench -- formats`).
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { fail, local, root, run, say } from '../scripts/run.mjs';

const here = join(root, 'bench');
const names = process.argv.slice(2);
const all = readdirSync(here).filter((name) => existsSync(join(here, name, 'run.mjs')));
for (const name of names) if (!all.includes(name)) fail(`there is no benchmark ${name}: there are ${all.join(', ')}`);

await build();
say('building the command line, as a release');
if (!run('cargo', ['build', '--quiet', '--release', '--package', 'edge-login-cli'])) fail('the command line could not be built: see above');
for (const name of names.length ? names : all) {
  say(`measuring ${name}`);
  // Node 24, which the packages bring.
  if (!run('node', [join(here, name, 'run.mjs')], { env: { ...local, WRANGLER_LOG: 'error' } })) fail(`${name} could not be measured: see above`);
}
