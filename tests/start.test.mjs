// `npm start` as a newcomer uses it, in a copy of the tree that has no local state yet.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../tooling/port.mjs';
import { ended } from '../tooling/run.mjs';
import { copyOfTheTree } from './support/copy.mjs';
import { serving } from './support/serving.mjs';

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
    const printed = await starting(async (printed) => {
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
    await starting(async (printed) => {
      assert.match(printed, /npm run demo-user/);
      assert.ok(!printed.includes('curl'));
      assert.equal((await login()).status, 200);
    });
    assert.equal(secret(), before);
    const { status, stdout } = ended('npm', ['run', 'demo-user'], { cwd: copy, env: env() });
    assert.equal(status, 0);
    const renewed = stdout.match(/-d password=(\S+)/)[1];
    await starting(async () => {
      assert.equal((await login()).status, 401);
      assert.equal((await login(renewed)).status, 200);
    });
  });

  it('does the same with users in KV', async () => {
    writeFileSync(join(copy, '.dev.vars'), `SECRET_KEY=${secret()}\nUSER_STORE=kv\n`);
    await starting(async (printed) => {
      const password = printed.match(/-d password=(\S+)/)[1];
      assert.equal((await login(password)).status, 200);
    });
  });

  function env() {
    return { ...process.env, PORT: String(port) };
  }

  function login(password = credentials[1]) {
    return fetch(credentials[2], { method: 'POST', body: new URLSearchParams({ username: credentials[0], password }) });
  }

  /** Runs `npm start` while `visit` runs. Gives all that was printed. */
  async function starting(visit) {
    const printed = await serving('npm', ['start'], { cwd: copy, env: env() }, visit);
    await assert.rejects(fetch(`http://localhost:${port}/health`), 'nothing is left running');
    return printed;
  }
});
