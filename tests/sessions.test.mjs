// Logging out, staying in, and changing the password, in the built Worker with its guard objects and stores.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { argon2id } from '../tooling/hashes.mjs';
import { stores } from '../tooling/users.mjs';
import { startWorker } from '../tooling/worker.mjs';

const OLD = 'the old password of a test';
const NEW = 'tr0ubador & tr1angle';
const CLIENT = 'api';
const CLIENT_SECRET = '9f86d081884c7d659a2feaa0c55ad015';

for (const USER_STORE of Object.keys(stores)) {
  describe(`with users in ${USER_STORE}`, () => {
    let worker;
    before(async () => {
      const vars = {
        USER_STORE,
        REFRESH_TOKEN_EXPIRE_MINUTES: '60',
        INTROSPECTION_CLIENTS: `${CLIENT}:${CLIENT_SECRET}`,
        KV_UPGRADES_PER_DAY: '100',
      };
      worker = await startWorker({ vars, cf: { continent: 'EU' } });
    });
    after(() => worker.stop());

    let users = 0;
    /** Logs a new user in. */
    async function login() {
      const username = `${USER_STORE}-user-${++users}`;
      await worker.addUser({ username, password_hash: argon2id(OLD, { memory: 64, passes: 1 }) });
      return again(username);
    }
    async function again(username, password = OLD) {
      const answer = await worker.login(username, password);
      assert.equal(answer.status, 200);
      return keep(await answer.json());
    }
    function keep(tokens) {
      worker.secrets.add(tokens.access_token);
      if (tokens.refresh_token) worker.secrets.add(tokens.refresh_token);
      return tokens;
    }
    const post = (path, fields, headers) =>
      worker.fetch(path, { method: 'POST', body: new URLSearchParams(fields), headers });
    const bearer = ({ access_token }) => ({ authorization: `Bearer ${access_token}` });
    const me = (tokens) => worker.fetch('/api/user/me', { headers: bearer(tokens) });
    const logout = (tokens, fields = {}) => post('/api/user/logout', fields, bearer(tokens));
    const refresh = ({ refresh_token }, headers) =>
      post('/api/user/refresh', { grant_type: 'refresh_token', refresh_token }, headers);
    const introspect = async ({ access_token }) => {
      const authorization = `Basic ${btoa(`${CLIENT}:${CLIENT_SECRET}`)}`;
      const answer = await post('/api/user/introspect', { token: access_token }, { authorization });
      assert.equal(answer.status, 200);
      return answer.json();
    };
    async function assertDead(tokens) {
      const answer = await me(tokens);
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
      assert.equal((await answer.json()).error, 'invalid_token');
      assert.deepEqual(await introspect(tokens), { active: false });
      if (tokens.refresh_token) await assertNoGrant(await refresh(tokens));
    }
    async function assertNoGrant(answer) {
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get('www-authenticate'), null);
      assert.equal((await answer.json()).error, 'invalid_grant');
    }

    it('ends a session at once, and no other', async () => {
      const tokens = await login();
      const { username } = tokens;
      const other = await again(username);
      assert.deepEqual(await (await me(tokens)).json(), { username });
      const { active, sub, token_type } = await introspect(tokens);
      assert.deepEqual([active, sub, token_type], [true, username, 'Bearer']);
      const answer = await logout(tokens);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      await assertDead(tokens);
      assert.equal((await logout(tokens)).status, 200, 'it is dead already');
      assert.equal((await me(other)).status, 200);
      assert.equal(worker.lines('logout').at(-1).outcome, 'ok');
    });

    it('ends everything in all regions', async () => {
      const tokens = await login();
      const other = await again(tokens.username);
      assert.equal((await logout(other, { everywhere: 'true' })).status, 200);
      await assertDead(tokens);
      await assertDead(other);
      const later = await again(tokens.username);
      assert.equal((await me(later)).status, 200);
      assert.equal((await refresh(later)).status, 200);
    });

    it('gives the same successor again to a client that lost the answer', async () => {
      const first = await login();
      const answer = await refresh(first);
      assert.equal(answer.status, 200);
      const second = keep(await answer.json());
      const lost = keep(await (await refresh(first)).json());
      assert.equal(lost.refresh_token, second.refresh_token);
      assert.notEqual(second.refresh_token, first.refresh_token);
      assert.equal((await me(second)).status, 200);
      assert.equal((await refresh(second)).status, 200);
    });

    it('keeps a client logged in that refreshes a hundred times at once', async () => {
      const first = await login();
      const answers = await Promise.all(Array.from({ length: 100 }, () => refresh(first)));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
      const tokens = await Promise.all(answers.map(async (answer) => keep(await answer.json())));
      assert.equal(new Set(tokens.map(({ refresh_token }) => refresh_token)).size, 1);
      assert.equal((await refresh(tokens.at(-1))).status, 200);
      assert.equal((await me(tokens[0])).status, 200);
    });

    it('lists the sessions and ends one of them', async () => {
      const tokens = await login();
      const other = await again(tokens.username);
      const list = async () => (await (await worker.fetch('/api/user/sessions', { headers: bearer(tokens) })).json()).sessions;
      const sessions = await list();
      assert.deepEqual(sessions.map(({ current }) => current).toSorted(), [false, true]);
      assert.match(sessions[0].network, /^10\.[\d.]+\/32$/);
      assert.equal(sessions[0].user_agent, 'node');
      const { id } = sessions.find(({ current }) => !current);
      const end = (id) => worker.fetch(`/api/user/sessions/${id}`, { method: 'DELETE', headers: bearer(tokens) });
      assert.equal((await end(id)).status, 200);
      assert.equal((await end(id)).status, 404);
      await assertDead(other);
      assert.deepEqual((await list()).map(({ current }) => current), [true]);
    });

    it('changes the password, after which only the new token is good', async () => {
      const tokens = await login();
      const { username } = tokens;
      const other = await again(username);
      const change = (tokens, password, new_password) =>
        post('/api/user/password', { password, new_password }, bearer(tokens));
      worker.secrets.add(NEW);
      assert.equal((await change(tokens, 'a wrong password', NEW)).status, 400);
      assert.equal((await change(tokens, OLD, 'password1')).status, 400);
      const answer = await change(tokens, OLD, NEW);
      assert.equal(answer.status, 200);
      const fresh = keep(await answer.json());
      await assertDead(tokens);
      await assertDead(other);
      assert.equal((await me(fresh)).status, 200);
      assert.equal((await refresh(fresh)).status, 200);
      assert.equal((await worker.login(username, OLD)).status, 401);
      const later = await again(username, NEW);
      assert.equal((await me(later)).status, 200);
      assert.equal((await me(fresh)).status, 200);
      // The record that the guard holds for a store whose copies lag is the one that a further change stands on.
      worker.secrets.add(`${NEW}!`);
      const second = await change(later, NEW, `${NEW}!`);
      assert.equal(second.status, 200);
      await assertDead(fresh);
      assert.equal((await worker.login(username, NEW)).status, 401);
      assert.equal((await me(keep(await second.json()))).status, 200);
    });

    it('refuses a user who was disabled', async () => {
      const tokens = await login();
      const record = { username: tokens.username, password_hash: argon2id(OLD, { memory: 64, passes: 1 }), disabled: true };
      await worker.addUser(record);
      await assertDead(tokens);
    });

    it('takes the same requests at the login\'s address, and revokes like RFC 7009', async () => {
      const first = await login();
      const answer = await post('/api/user/login', { grant_type: 'refresh_token', refresh_token: first.refresh_token });
      assert.equal(answer.status, 200);
      const second = keep(await answer.json());
      assert.equal((await post('/api/user/logout', { token: second.refresh_token })).status, 200);
      await assertDead(second);
      assert.equal((await post('/api/user/logout', { token: 'x' })).status, 200);
      await assertNoGrant(await post('/api/user/login', { grant_type: 'refresh_token', refresh_token: second.refresh_token }));
    });

    it('describes itself', async () => {
      const metadata = await (await worker.fetch('/.well-known/oauth-authorization-server')).json();
      assert.equal(metadata.issuer, new URL(worker.url).origin);
      assert.equal(metadata.token_endpoint, new URL('/api/user/login', worker.url).href);
      assert.deepEqual(metadata.grant_types_supported, ['password', 'refresh_token']);
    });
  });
}
