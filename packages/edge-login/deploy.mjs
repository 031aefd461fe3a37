// Deploys the Worker of a project, then migrates its database.
import { run, say } from './tooling/run.mjs';

/** Hands the arguments to `wrangler deploy`. True if everything succeeded. */
export function deploy(args) {
  const wrangler = (...words) => run('wrangler', words, { stdio: 'inherit' });
  // The first deployment creates the database, so it comes before the migrations. Every version of the Worker
  // works with the tables of the version before it.
  if (!wrangler('deploy', ...args)) return false;
  if (args.includes('--dry-run')) return true;
  say('applying the D1 migrations to the deployed database');
  return wrangler('d1', 'migrations', 'apply', 'DB', '--remote');
}
