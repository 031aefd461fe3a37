// Serves the built Worker on this machine, with a secret, a database and a demo user.
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, local, root, run, say, serve } from './run.mjs';

const DEMO_USER = fileURLToPath(new URL('../scripts/demo-user.mjs', import.meta.url));

/** Gives the exit code, when somebody has stopped it. */
export async function serveLocally() {
  const port = process.env.PORT ?? '8787';
  devVars();
  say('applying the D1 migrations to the local database');
  if (!run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local'], { env: local })) fail('the local database could not be migrated: see above');
  if (!demoUser('--if-empty')) fail('the demo user could not be created: see above');
  say(`serving on http://localhost:${port} (PORT changes it, Ctrl-C stops it)`);
  return serve('wrangler', ['dev', '--port', port], { env: local });
}

/** Runs the script of the demo user in a process of its own, because it may need a newer Node. */
export function demoUser(...args) {
  return run('node', [DEMO_USER, ...args]);
}

/** Makes the secret for local work. It is never uploaded or committed. */
function devVars() {
  const path = join(root, '.dev.vars');
  const existing = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (/^\s*(export\s+)?SECRET_KEY\s*=/m.test(existing)) return;
  say('writing a fresh random SECRET_KEY into .dev.vars');
  const lineBreak = existing && !existing.endsWith('\n') ? '\n' : '';
  appendFileSync(path, `${lineBreak}SECRET_KEY=${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
}
