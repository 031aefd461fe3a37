// The command line manages users and sessions through the service API of the built Worker, in both stores.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { edgeLogin } from '../tooling/command-line.mjs';
import { stores } from '../tooling/users.mjs';
import { startWorker } from '../tooling/worker.mjs';

const KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
const READ_KEY = '0b5a2f6c9e1d4837a6c0d2e4f8135799';
const FIRST = 'tr0ubador & tr1angle';
const SECOND = 'four candles, f0rk handles';

for (const USER_STORE of Object.keys(stores)) {
  describe(`the command line, with users in ${USER_STORE} behind the service API`, () => {
    let worker;
    before(async () => {
      const vars = { USER_STORE, REFRESH_TOKEN_EXPIRE_MINUTES: '60', SERVICE_KEYS: `shop:${KEY},desk:${READ_KEY}:read` };
      worker = await startWorker({ vars });
      for (const secret of [KEY, READ_KEY, FIRST, SECOND]) worker.secrets.add(secret);
    });
    after(() => worker.stop());

    /** Runs a command, which has to end with this exit code. */
    async function run(args, { code = 0, key = KEY, input = '' } = {}) {
      const { status, answer, stderr } = await edgeLogin([...args, '--api', worker.url.origin], { input, env: { EDGE_LOGIN_KEY: key } });
      assert.equal(status, code, stderr);
      return answer;
    }
    const add = (username, password = FIRST) => run(['user', 'add', username, '--password-stdin'], { input: password });
    const status = async (username, password = FIRST) => (await worker.login(username, password)).status;
    async function login(username, password = FIRST) {
      const answer = await worker.login(username, password);
      assert.equal(answer.status, 200);
      const { access_token, refresh_token } = await answer.json();
      worker.secrets.add(access_token).add(refresh_token);
      return access_token;
    }
    const me = async (token) => (await worker.fetch('/api/user/me', { headers: { authorization: `Bearer ${token}` } })).status;

    it('adds a user, once', async () => {
      await run(['user', 'add', 'anna', '--subject', '7', '--password-stdin'], { input: FIRST });
      await login('anna');
      const { error } = await run(['user', 'add', 'anna', '--password-stdin'], { input: SECOND, code: 4 });
      assert.equal(error, 'there is already a user "anna"');
      assert.equal(await status('anna', SECOND), 401);
      const { username, format, disabled, subject, created_at } = await run(['user', 'show', 'anna']);
      assert.deepEqual([username, format, disabled, subject], ['anna', 'argon2id', false, '7']);
      assert.ok(created_at > 0);
    });

    it('gives a user a new password, which ends all tokens', async () => {
      await add('berta');
      const token = await login('berta');
      await run(['user', 'passwd', 'berta', '--password-stdin'], { input: SECOND });
      assert.deepEqual([await me(token), await status('berta'), await status('berta', SECOND)], [401, 401, 200]);
      const { error } = await run(['user', 'passwd', 'berta', '--password-stdin'], { input: 'password1', code: 3 });
      assert.match(error, /the first that an attacker would guess/);
    });

    it('disables and enables users, whose tokens are dead at once', async () => {
      await add('carla');
      await add('doris');
      const tokens = [await login('carla'), await login('doris')];
      assert.deepEqual((await run(['user', 'disable', 'carla', 'doris'])).usernames, ['carla', 'doris']);
      for (const token of tokens) assert.equal(await me(token), 401);
      assert.equal(await status('carla'), 401);
      const answer = await run(['user', 'enable', 'carla', 'nobody'], { code: 4 });
      assert.deepEqual([answer.usernames, answer.missing], [['carla'], ['nobody']]);
      assert.deepEqual([await status('carla'), await me(tokens[0])], [200, 401]);
      assert.equal((await run(['user', 'show', 'doris'])).disabled, true);
    });

    it('deletes a user with any name', async () => {
      const name = 'a/b\\c é?#&+%2F';
      await add(name);
      const token = await login(name);
      await run(['user', 'delete', name]);
      assert.deepEqual([await me(token), await status(name)], [401, 401]);
      const { error } = await run(['user', 'show', name], { code: 4 });
      assert.equal(error, `there is no user ${JSON.stringify(name)}`);
    });

    it('lists users in order, page by page', async () => {
      const names = ['list 0', 'list 1', 'list 2'];
      for (const name of names) await add(name);
      const all = async () => (await run(['user', 'list'])).users.map(({ username }) => username);
      // KV has a user soon after the answer.
      let listed = await all();
      for (let tries = 100; !names.every((name) => listed.includes(name)) && tries > 0; tries--) {
        await setTimeout(100);
        listed = await all();
      }
      assert.deepEqual(names.filter((name) => !listed.includes(name)), []);
      assert.deepEqual(listed, listed.toSorted());
      const paged = [];
      for (let next = ''; next !== null && paged.length < 100;) {
        const page = await run(['user', 'list', '--limit', '2', ...(next ? ['--after', next] : [])]);
        assert.ok(page.users.length <= 2);
        paged.push(...page.users.map(({ username }) => username));
        next = page.next;
      }
      assert.deepEqual(paged, listed);
    });

    it('lists and ends sessions', async () => {
      await add('emma');
      const token = await login('emma');
      const { sessions } = await run(['session', 'list', 'emma']);
      assert.equal(sessions.length, 1);
      assert.match(sessions[0].network, /^10\./);
      await run(['session', 'end', 'emma']);
      assert.deepEqual([await me(token), (await run(['session', 'list', 'emma'])).sessions], [401, []]);
      assert.equal(await status('emma'), 200);
      assert.match((await run(['session', 'list', 'nobody'], { code: 4 })).error, /no user "nobody"/);
    });

    it('says what is wrong with a key', async () => {
      const wrong = await run(['user', 'show', 'anna'], { key: KEY.replace('7', '8'), code: 1 });
      assert.match(wrong.error, /does not know this key \(401\)/);
      assert.equal((await run(['user', 'show', 'anna'], { key: READ_KEY })).username, 'anna');
      assert.match((await run(['user', 'disable', 'anna'], { key: READ_KEY, code: 1 })).error, /may only read \(403\)/);
      assert.equal(await status('anna'), 200);
    });
  });
}
