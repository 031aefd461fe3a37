// A service asks for a token, and its user sets a new password with it, through the built Worker in both stores. What its native
// tests (crates/auth/tests/reset.rs) leave out: the real stores, requests at the same time, and a service that sends the token by mail.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../tooling/port.mjs';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';

const OLD = 'a sentence that nobody would guess';
const NEW = 'another sentence that nobody would guess';
const KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
const python = process.env.EDGE_LOGIN_PYTHON;

it('the program of docs/RESET.md is the one that is tested here', () => {
  assert.ok(readFileSync(join(root, 'docs/RESET.md'), 'utf8').includes(readFileSync(join(root, 'tests/services/reset_mail.py'), 'utf8')));
});

for (const USER_STORE of ['d1', 'kv']) {
  describe(`a password in ${USER_STORE}`, () => {
    let worker;
    before(async () => {
      worker = await startWorker({ vars: { USER_STORE, SERVICE_KEYS: `shop:${KEY}` } });
      worker.secrets.add(KEY).add(OLD).add(NEW);
    });
    after(() => worker.stop());

    const authorization = `Bearer ${KEY}`;
    const create = (username) => worker.fetch(`/api/users/${username}`, { method: 'PUT', headers: { authorization }, body: JSON.stringify({ password: OLD, email: `${username}@example.com` }) });
    const ask = (username) => worker.fetch(`/api/users/${username}/reset`, { method: 'POST', headers: { authorization } });
    const reset = async (token, new_password) => (await worker.fetch('/api/user/reset', { method: 'POST', body: new URLSearchParams({ token, new_password }) })).status;
    async function login(username, password) {
      const answer = await worker.login(username, password);
      const { access_token } = await answer.json();
      if (access_token) worker.secrets.add(access_token);
      return { status: answer.status, access_token };
    }
    const me = async (token) => (await worker.fetch('/api/user/me', { headers: { authorization: `Bearer ${token}` } })).status;

    it('is reset once, however many use the token at once', async () => {
      assert.equal((await create('anna')).status, 201);
      const { access_token } = await login('anna', OLD);
      const { token, expires_in } = await (await ask('anna')).json();
      worker.secrets.add(token);
      assert.equal(expires_in, 1800);
      const passwords = Array.from({ length: 8 }, (_, index) => `${NEW} ${index}`);
      const statuses = await Promise.all(passwords.map((password) => reset(token, password)));
      assert.deepEqual([...statuses].sort(), [204, ...Array.from({ length: 7 }, () => 400)]);
      const logins = [];
      for (const password of passwords) logins.push((await login('anna', password)).status);
      assert.deepEqual(logins, statuses.map((status) => (status === 204 ? 200 : 401)));
      assert.deepEqual([(await login('anna', OLD)).status, await me(access_token)], [401, 401]);
    });

    it('has one token at a time', async () => {
      await create('bob');
      const answers = await Promise.all([ask('bob'), ask('bob'), ask('bob'), ask('bob')]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 429, 429, 429]);
      const { token } = await answers.find(({ status }) => status === 200).json();
      worker.secrets.add(token);
      await worker.fetch('/api/users/bob', { method: 'PATCH', headers: { authorization }, body: JSON.stringify({ password: `${NEW}!` }) });
      assert.deepEqual([await reset(token, NEW), (await login('bob', `${NEW}!`)).status], [400, 200]);
    });

    it('is reset with a link that a service sends by mail', { skip: !python && 'Python 3 with venv and pip is missing' }, async () => {
      await create('carol');
      await login('carol', OLD);
      const port = await freePort();
      const inbox = spawn(python, [join(root, 'tests/support/inbox.py'), String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const lines = createInterface(inbox.stdout)[Symbol.asyncIterator]();
        assert.equal((await lines.next()).value, 'ready');
        const env = { ...process.env, LOGIN: new URL(worker.url).origin, SERVICE_KEY: KEY, SMTP_HOST: '127.0.0.1', SMTP_PORT: String(port), FRONT_END: 'https://app.example.com' };
        for (const [username, mails] of [['nobody', 0], ['carol', 1]]) {
          const program = spawn(python, [join(root, 'tests/services/reset_mail.py'), username], { env, stdio: 'inherit' });
          assert.deepEqual(await once(program, 'exit'), [0, null]);
          if (mails === 0) continue;
          const { to, text } = JSON.parse((await lines.next()).value);
          assert.equal(to, 'carol@example.com');
          const [, token] = /https:\/\/app\.example\.com\/reset#token=(\S+)/.exec(text);
          worker.secrets.add(token);
          assert.equal(await reset(token, NEW), 204);
        }
        assert.deepEqual([(await login('carol', OLD)).status, (await login('carol', NEW)).status], [401, 200]);
      } finally {
        inbox.kill();
      }
    });
  });
}
