// `npm start`: does everything from a clean clone to a Worker that serves on this machine.
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cutOff } from '../tooling/dev-vars.mjs';
import { isFree } from '../tooling/port.mjs';
import { fail, local, root, run, say, serve } from '../tooling/run.mjs';
import { build } from './build.mjs';

const port = wantedPort();
if (!await isFree(port)) fail(`port ${port} is taken: type \`npm start -- --port ${await freeAfter(port)}\``);
devVars();
await build();
if (!run('node', ['scripts/check-configuration.mjs'])) process.exit(1);
say('applying the D1 migrations to the local database');
if (!run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local'], { env: local })) fail('the local database could not be migrated: see above');
const env = { ...local, PORT: String(port) };
if (!run('node', ['scripts/demo-user.mjs', '--if-empty'], { env })) fail('the demo user could not be created: see above');
say(`serving on http://localhost:${port} (--port changes it, Ctrl-C stops it)`);
process.exitCode = await serve('wrangler', ['dev', '--port', String(port)], { env: local });

/** The port that `--port` or PORT asks for. */
function wantedPort() {
  try {
    const { port } = parseArgs({ options: { port: { type: 'string', default: process.env.PORT || '8787' } } }).values;
    if (/^\d{1,5}$/.test(port) && port >= 1 && port <= 65_535) return Number(port);
    return fail(`${port} is not a port: type \`npm start -- --port 8788\``);
  } catch ({ message }) {
    return fail(`${message.split('. ')[0]}: type \`npm start\` or \`npm start -- --port 8788\``);
  }
}

async function freeAfter(taken) {
  for (let port = taken + 1; port <= 65_535; port++) if (await isFree(port)) return port;
  return fail('no port is free after it');
}

/** Makes the secret for local work, which is never uploaded or committed, unless there is one. */
function devVars() {
  const path = join(root, '.dev.vars');
  const existing = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [name] = cutOff(existing);
  if (name) fail(`.dev.vars: the value of ${name} ends before its #. Put it into quotes ("…"), or put a space before a comment`);
  if (/^\s*(export\s+)?SECRET_KEY\s*=/m.test(existing)) return;
  say('writing a fresh random SECRET_KEY into .dev.vars');
  const lineBreak = existing && !existing.endsWith('\n') ? '\n' : '';
  appendFileSync(path, `${lineBreak}SECRET_KEY=${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
}
