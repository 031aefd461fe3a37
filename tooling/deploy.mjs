// Deploys the Worker and migrates its database, once what can be checked is right.
import { parseArgs } from 'node:util';
import { script } from './local.mjs';
import { ended, run, say } from './run.mjs';

/** Hands the arguments to `wrangler deploy`. True if everything succeeded. */
export function deploy(args) {
  if (!script('check-deployment', args)) return false;
  const worker = () => run('wrangler', ['deploy', ...args], { stdio: 'inherit' });
  if (args.includes('--dry-run')) return worker();
  const where = environmentOf(args);
  // A Worker must not be newer than its database. But the first deployment is what creates the database.
  return isDatabaseThere(where) ? migrations(where) && worker() : worker() && migrations(where);
}

/** The arguments that name the environment and the configuration. Commands besides `deploy` need them, too. */
export function environmentOf(args) {
  const options = { env: { type: 'string', short: 'e' }, config: { type: 'string', short: 'c' } };
  const { values } = parseArgs({ args, options, strict: false });
  return Object.keys(options).filter((name) => typeof values[name] === 'string').flatMap((name) => [`--${name}`, values[name]]);
}

function isDatabaseThere(where) {
  return ended('wrangler', ['d1', 'migrations', 'list', 'DB', '--remote', ...where]).status === 0;
}

function migrations(where) {
  say('applying the D1 migrations to the deployed database');
  return run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--remote', ...where], { stdio: 'inherit' });
}
