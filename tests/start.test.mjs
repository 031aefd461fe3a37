// `npm start` as a newcomer uses it, in a copy of the tree that has no local state yet.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import jsonwebtoken from 'jsonwebtoken';
import { freePort, isFree } from '../tooling/port.mjs';
import { ended } from '../tooling/run.mjs';
import { copyOfTheTree } from './support/copy.mjs';
import { serving } from './support/serving.mjs';

describe('npm start', { timeout: 240_000 }, () => {
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
      const [docs] = printed.match(/http:\S+\/docs/);
      assert.equal((await fetch(docs)).status, 200);
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
    const { status, stdout } = ended('npm', ['run', 'demo-user'], { cwd: copy, env: { ...env(), PORT: String(port) } });
    assert.equal(status, 0);
    const renewed = stdout.match(/-d password=(\S+)/)[1];
    await starting(async () => {
      assert.equal((await login()).status, 401);
      assert.equal((await login(renewed)).status, 200);
    });
  });

  it('says that a port is taken before anything else, and which one is not', async () => {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    const { status, stdout, stderr } = start('--port', String(port));
    server.close();
    assert.equal(status, 1);
    const [, command] = stderr.match(new RegExp(`^edge-login: port ${port} is taken: type \`npm start -- --port (\\d+)\`$`, 'm'));
    assert.ok(await isFree(Number(command)));
    assert.doesNotMatch(stdout, /edge-login: /);
  });

  it('says what is no port, and what is no option', () => {
    for (const args of [['--port', 'web'], ['--port', '70000'], ['--prot', '1'], ['8788']]) {
      const { status, stderr } = start(...args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, /^edge-login: .*type .*`npm start -- --port 8788`$/m);
    }
  });

  it('says at the start what is wrong with a variable', () => {
    const right = secret();
    const wrong = [
      ['SECRET_KEY=a-short-one', 'SECRET_KEY is shorter than 32 bytes: '],
      [`SECRET_KEY=${'changeme'.repeat(8)}`, 'SECRET_KEY is a known placeholder'],
      [`SECRET_KEY=${right}\nNETWORK_FREE_FAILURES=many`, 'NETWORK_FREE_FAILURES is "many"'],
      [`SECRET_KEY=${right}#${right}`, '.dev.vars: the value of SECRET_KEY ends before its #. Put it into quotes ("…")'],
      [`SECRET_KEY='${right}'\n ISSUER = https://example.com/#login # ours`, '.dev.vars: the value of ISSUER ends before its #.'],
    ];
    for (const [lines, message] of wrong) {
      writeFileSync(join(copy, '.dev.vars'), `${lines}\n`);
      const { status, stdout, stderr } = start();
      assert.equal(status, 1, lines);
      assert.ok(stderr.includes(`edge-login: ${message}`), stderr);
      assert.doesNotMatch(stdout, /serving on/);
    }
  });

  it('lets nobody else read a file that it adds the secret to', () => {
    const path = join(copy, '.dev.vars');
    writeFileSync(path, 'NETWORK_FREE_FAILURES=many');
    chmodSync(path, 0o644);
    assert.equal(start().status, 1, 'a variable is wrong');
    assert.match(readFileSync(path, 'utf8'), /^NETWORK_FREE_FAILURES=many\nSECRET_KEY=[0-9a-f]{64}\n$/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('serves users in KV, with a # in quotes and comments after a space', async () => {
    const lines = ['# a comment', 'SECRET_KEY="made for this test: #4f0c5d1e9a7b3826" # whole', 'ISSUER= # none', 'USER_STORE=kv'];
    writeFileSync(join(copy, '.dev.vars'), `${lines.join('\n')}\n`);
    await starting(async (printed) => {
      const password = printed.match(/-d password=(\S+)/)[1];
      const { access_token } = await (await login(password)).json();
      jsonwebtoken.verify(access_token, 'made for this test: #4f0c5d1e9a7b3826', { algorithms: ['HS256'] });
    });
  });

  function start(...args) {
    return ended('npm', ['start', '--', ...args], { cwd: copy, env: env() });
  }

  function env() {
    return { ...process.env, WRANGLER_LOG: 'log' };
  }

  function login(password = credentials[1]) {
    return fetch(credentials[2], { method: 'POST', body: new URLSearchParams({ username: credentials[0], password }) });
  }

  /** Runs `npm start` while `visit` runs. Gives all that was printed. */
  async function starting(visit) {
    const printed = await serving('npm', ['start', '--', '--port', String(port)], { cwd: copy, env: env() }, visit);
    await assert.rejects(fetch(`http://localhost:${port}/health`), 'nothing is left running');
    return printed;
  }
});
