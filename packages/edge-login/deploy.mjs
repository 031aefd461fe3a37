// Deploys the Worker of a project, and migrates its database.
import { ended, run, say } from './tooling/run.mjs';

/** Hands the arguments to `wrangler deploy`. True if everything succeeded. */
export function deploy(args) {
  const worker = () => run('wrangler', ['deploy', ...args], { stdio: 'inherit' });
  if (args.includes('--dry-run')) return worker();
  // A Worker must not be newer than its database. But the first deployment is what creates the database.
  return isDatabaseThere() ? migrations() && worker() : worker() && migrations();
}

function isDatabaseThere() {
  return ended('wrangler', ['d1', 'migrations', 'list', 'DB', '--remote']).status === 0;
}

function migrations() {
  say('applying the D1 migrations to the deployed database');
  return run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--remote'], { stdio: 'inherit' });
}
