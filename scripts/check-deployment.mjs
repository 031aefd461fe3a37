// Checks before a deployment what can be checked. Takes the arguments of `wrangler deploy`. npm runs it with a Node that
// wrangler supports.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentOf } from '../tooling/deploy.mjs';
import { misconfigured, unset } from '../tooling/deployment.mjs';
import { ended, root } from '../tooling/run.mjs';

const args = process.argv.slice(2);
const where = environmentOf(args);
const { env, config = join(root, 'wrangler.toml') } = parseArgs({ args: where, options: { env: { type: 'string' }, config: { type: 'string' } } }).values;
const { unstable_readConfig } = await import('wrangler');

const wrong = [
  ...misconfigured(unstable_readConfig({ config, env })),
  ...(args.includes('--dry-run') ? [] : unset(ended('wrangler', ['secret', 'list', '--format', 'json', ...where]))),
];
for (const message of wrong) console.error(`edge-login: ${message}`);
process.exitCode = wrong.length ? 1 : 0;
