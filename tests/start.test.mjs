// `npm start` as a newcomer uses it, in a copy of the tree that has no local state yet.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../tooling/port.mjs';
import { ended } from '../tooling/run.mjs';
import { copyOfTheTree } from './support/copy.mjs';

describe('npm start', { timeout: 180_000 }, () => {
  const copy = copyOfTheTree();
  const secret = () => readFileSync(join(copy, '.dev.vars'), 'utf8').match(/^SECRET_KEY=([0-9a-f]{64})$/m)[1];
  let port;
  let credentials;
  before(async () => {
    port = await freePort();
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  it('makes a secret, a database and a demo user, and serves', async () => {
    const printed = await serving(async (printed) => {
      credentials = printed.match(/curl -d username=(\S+) -d password=(\S+) (http:\S+)/).slice(1);
      assert.equal(credentials[2], `http://localhost:${port}/api/user/login`);
      assert.equal((await login()).status, 200);
      assert.equal((await login('a wrong password')).status, 401);
    });
    assert.ok(!printed.includes(secret()));
    assert.equal(statSync(join(copy, '.dev.vars')).mode & 0o777, 0o600);
  });

  it('keeps them the second time, and says how to get a new password', async () => {
    const before = secret();
    await serving(async (printed) => {
      assert.match(printed, /npm run demo-user/);
      assert.ok(!printed.includes('curl'));
      assert.equal((await login()).status, 200);
    });
    assert.equal(secret(), before);
    const { status, stdout } = ended('npm', ['run', 'demo-user'], { cwd: copy, env: env() });
    assert.equal(status, 0);
    const renewed = stdout.match(/-d password=(\S+)/)[1];
    await serving(async () => {
      assert.equal((await login()).status, 401);
      assert.equal((await login(renewed)).status, 200);
    });
  });

  it('does the same with users in KV', async () => {
    writeFileSync(join(copy, '.dev.vars'), `SECRET_KEY=${secret()}\nUSER_STORE=kv\n`);
    await serving(async (printed) => {
      const password = printed.match(/-d password=(\S+)/)[1];
      assert.equal((await login(password)).status, 200);
    });
  });

  function env() {
    return { ...process.env, PORT: String(port), WRANGLER_LOG: 'log' };
  }

  function login(password = credentials[1]) {
    return fetch(credentials[2], { method: 'POST', body: new URLSearchParams({ username: credentials[0], password }) });
  }

  /** Runs `npm start` while `visit` runs, then types Ctrl-C. Gives all that was printed. */
  async function serving(visit) {
    const child = spawn('npm', ['start'], { cwd: copy, env: env(), detached: true });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
    try {
      await new Promise((resolve, reject) => {
        child.stdout.on('data', () => /Ready on/.test(printed) && resolve());
        ended.then((code) => reject(new Error(`npm start ended with ${code}:\n${printed}`)));
      });
      await visit(printed);
    } finally {
      process.kill(-child.pid, 'SIGINT');
      await ended;
    }
    await assert.rejects(fetch(`http://localhost:${port}/health`), 'nothing is left running');
    return printed;
  }
});
