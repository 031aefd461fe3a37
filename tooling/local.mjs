// Serves the built Worker on this machine, with a secret, a database and a demo user.
import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cutOff } from './dev-vars.mjs';
import { isFree } from './port.mjs';
import { fail, local, root, run, say, serve } from './run.mjs';

/** What can be said at once, and needs no packages. Gives the port to serve on. */
export async function prepare(args) {
  const port = wantedPort(args);
  if (!await isFree(port)) fail(`port ${port} is taken: type \`npm start -- --port ${await freeAfter(port)}\``);
  devVars();
  return port;
}

/** Gives the exit code, when somebody has stopped it. */
export async function serveLocally(port) {
  if (!script('check-configuration')) process.exit(1);
  say('applying the D1 migrations to the local database');
  if (!run('wrangler', ['d1', 'migrations', 'apply', 'DB', '--local'], { env: local })) fail('the local database could not be migrated: see above');
  if (!script('demo-user', ['--if-empty'], { ...local, PORT: String(port) })) fail('the demo user could not be created: see above');
  say(`serving on http://localhost:${port} (--port changes it, Ctrl-C stops it); the docs are on http://localhost:${port}/docs`);
  return serve('wrangler', ['dev', '--port', String(port)], { env: local });
}

/** Runs a script in a process of its own, because it may need a newer Node. True if it succeeded. */
export function script(name, args = [], env = local) {
  return run('node', [fileURLToPath(new URL(`../scripts/${name}.mjs`, import.meta.url)), ...args], { env });
}

/** The port that `--port` or PORT asks for. */
function wantedPort(args) {
  try {
    const { port } = parseArgs({ args, options: { port: { type: 'string', default: process.env.PORT || '8787' } } }).values;
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
  const exists = existsSync(path);
  const existing = exists ? readFileSync(path, 'utf8') : '';
  const [name] = cutOff(existing);
  if (name) fail(`.dev.vars: the value of ${name} ends before its #. Put it into quotes ("…"), or put a space before a comment`);
  if (/^\s*(export\s+)?SECRET_KEY\s*=/m.test(existing)) return;
  say('writing a fresh random SECRET_KEY into .dev.vars');
  // The mode below is only that of a new file.
  if (exists) chmodSync(path, 0o600);
  const lineBreak = existing && !existing.endsWith('\n') ? '\n' : '';
  appendFileSync(path, `${lineBreak}SECRET_KEY=${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
}
