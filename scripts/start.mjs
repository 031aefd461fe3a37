// `npm start`: does everything from a clean clone to a Worker that serves on this machine.
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, local, root, run, say, serve } from '../tooling/run.mjs';
import { build } from './build.mjs';

const port = process.env.PORT ?? '8787';

await build();
devVars();
say('applying the D1 migrations to the local database');
if (!run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local'], { env: local })) fail('the local database could not be migrated: see above');
if (!run('node', ['scripts/demo-user.mjs', '--if-empty'])) fail('the demo user could not be created: see above');
say(`serving on http://localhost:${port} (PORT changes it, Ctrl-C stops it)`);
process.exitCode = await serve('wrangler', ['dev', '--port', port], { env: local });

/** Makes the secret for local work. It is never uploaded or committed. */
function devVars() {
  const path = join(root, '.dev.vars');
  const existing = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (/^\s*(export\s+)?SECRET_KEY\s*=/m.test(existing)) return;
  say('writing a fresh random SECRET_KEY into .dev.vars');
  const lineBreak = existing && !existing.endsWith('\n') ? '\n' : '';
  appendFileSync(path, `${lineBreak}SECRET_KEY=${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
}
