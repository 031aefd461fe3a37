// Services manage users in D1 through the built Worker. What its native tests (crates/auth/tests/users.rs) leave out: the
// real database, real paths, real headers, and requests at the same time. With KV it is tests/home.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { argon2id } from '../tooling/hashes.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { raw } from './support/raw.mjs';
import { recorded } from './support/recorded.mjs';

const PASSWORD = 'a sentence that nobody would guess';
const OTHER = 'another sentence that nobody would guess';
const KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
const READS = '0c6a5c1cb1d04c2f9d3be4a0fd61a95e';

describe('services', () => {
  let worker;
  before(async () => {
    worker = await startWorker({ vars: { SERVICE_KEYS: `shop:${KEY},report:${READS}:read`, REFRESH_TOKEN_EXPIRE_MINUTES: '60' } });
    worker.secrets.add(KEY).add(READS).add(PASSWORD).add(OTHER);
  });
  after(() => worker.stop());

  async function ask(method, path, body, headers) {
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await worker.fetch(path, { method, body: sent, headers: { authorization: `Bearer ${KEY}`, ...headers } });
    const text = await answer.text();
    return { status: answer.status, etag: answer.headers.get('etag'), headers: answer.headers, text, json: () => JSON.parse(text) };
  }
  const login = async (username, password) => {
    const answer = await worker.login(username, password);
    const tokens = await answer.json();
    for (const token of [tokens.access_token, tokens.refresh_token].filter(Boolean)) worker.secrets.add(token);
    return { status: answer.status, ...tokens };
  };
  const me = async ({ access_token }) => (await worker.fetch('/api/user/me', { headers: { authorization: `Bearer ${access_token}` } })).status;
  const refresh = async ({ refresh_token }) => {
    const answer = await worker.fetch('/api/user/refresh', { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }) });
    worker.secrets.add((await answer.json()).access_token ?? KEY);
    return answer.status;
  };

  it('create a user who logs in at once, change and delete them', async () => {
    const created = await ask('PUT', '/api/users/anna', { password: PASSWORD, email: 'anna@example.com', subject: '42', claims: { role: 'editor' } });
    assert.equal(created.status, 201);
    assert.equal(created.etag, `"${created.json().version}"`);
    const before = await login('anna', PASSWORD);
    assert.equal(before.status, 200);
    assert.deepEqual([await me(before), await refresh(before)], [200, 200]);

    const disabled = await ask('PATCH', '/api/users/anna', { disabled: true }, { 'if-match': created.etag });
    assert.equal(disabled.status, 200);
    assert.deepEqual([await me(before), await refresh(before), (await login('anna', PASSWORD)).status], [401, 400, 401]);
    assert.equal((await ask('PATCH', '/api/users/anna', { disabled: false }, { 'if-match': created.etag })).status, 412);
    assert.equal((await ask('PATCH', '/api/users/anna', { disabled: false, password: OTHER })).status, 200);
    assert.deepEqual([(await login('anna', PASSWORD)).status, await me(before)], [401, 401], 'what has ended stays so');

    const second = await login('anna', OTHER);
    assert.equal((await ask('DELETE', '/api/users/anna')).status, 204);
    assert.deepEqual([await me(second), (await login('anna', OTHER)).status, (await ask('GET', '/api/users/anna')).status], [401, 401, 404]);
    const again = await ask('PUT', '/api/users/anna', { password: OTHER });
    assert.ok(again.json().version > disabled.json().version);
    assert.deepEqual([(await login('anna', OTHER)).status, await me(second)], [200, 401]);
  });

  it('never see a hash, and an upgrade is no new version', async () => {
    const { hash, verdicts } = recorded('recorded-hashes.jsonl').find((line) => line.format === 'bcrypt');
    const user = { hash, password: Object.keys(verdicts).find((password) => verdicts[password]) };
    worker.secrets.add(user.hash).add(user.password);
    const created = await ask('PUT', '/api/users/berta', { password_hash: user.hash });
    assert.equal(created.json().format, 'bcrypt');
    assert.equal((await login('berta', user.password)).status, 200);
    let read = await ask('GET', '/api/users/berta');
    while (read.json().format !== 'argon2id') {
      await setTimeout(20);
      read = await ask('GET', '/api/users/berta');
    }
    assert.equal(read.etag, created.etag);
    // The hash from before the upgrade is given again: nothing changes, and the upgraded hash stays.
    const put = await ask('PUT', '/api/users/berta', { password_hash: user.hash });
    assert.deepEqual([put.status, put.etag, put.json().format], [200, created.etag, 'argon2id']);
    for (const { text } of [created, read, put, await ask('GET', '/api/users')]) assert.ok(!text.includes('$'), text);
  });

  it('create a name once, and make one of two changes at once', async () => {
    const once = { 'if-none-match': '*' };
    const put = (headers) => ask('PUT', '/api/users/carla', { password_hash: argon2id(PASSWORD, { memory: 64, passes: 1 }) }, headers);
    const created = await Promise.all(Array.from({ length: 8 }, () => put(once)));
    assert.deepEqual(created.map(({ status }) => status).sort(), [201, ...Array(7).fill(412)]);
    const etag = created.find(({ status }) => status === 201).etag;
    const changed = await Promise.all(Array.from({ length: 8 }, (_, n) => ask('PATCH', '/api/users/carla', { subject: `s${n}` }, { 'if-match': etag })));
    const winner = changed.find(({ status }) => status === 200);
    assert.deepEqual(changed.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)]);
    assert.deepEqual((await ask('GET', '/api/users/carla')).json(), winner.json());
  });

  it('manage names with slashes in them, in this path alone', async () => {
    const hash = argon2id(PASSWORD, { memory: 64, passes: 1 });
    for (const [name, encoded] of [['team/dora', 'team%2Fdora'], ['team\\dora', 'team%5Cdora'], ['döra@example.com', 'd%C3%B6ra%40example.com'], ['a%2Fb', 'a%252Fb'], ['a b', 'a%20b'], ['a+b', 'a+b']]) {
      worker.secrets.add(name);
      const created = await ask('PUT', `/api/users/${encoded}`, { password_hash: hash });
      assert.deepEqual([created.status, created.json().username], [201, name]);
      assert.equal((await login(name, PASSWORD)).status, 200, name);
      assert.equal((await ask('GET', `/api/users/${encoded}/sessions`)).json().sessions.length, 1, name);
      assert.equal((await ask('DELETE', `/api/users/${encoded}`)).status, 204, name);
    }
    const status = async (path) => {
      const lines = [`GET ${path} HTTP/1.1`, 'host: localhost', `authorization: Bearer ${KEY}`, 'connection: close', '', ''];
      return (await raw(worker.url, lines.join('\r\n')))[0].status;
    };
    for (const [name, expected] of [['%FF', 404], ['%', 404], ['a%00b', 422], ['team/dora', 404]]) {
      assert.equal(await status(`/api/users/${name}`), expected, name);
    }
    assert.equal(await status('/api%2Fusers/anna'), 404);
    // What stands before the Worker resolves dots. A body can name them.
    for (const dots of ['.', '..', '%2e', '%2E%2e']) assert.ok([307, 404].includes(await status(`/api/users/${dots}`)), dots);
    const named = await ask('POST', '/api/users', ['.', '..'].map((username) => JSON.stringify({ username, password_hash: hash })).join('\n'));
    assert.deepEqual(named.text.trim().split('\n').map((line) => JSON.parse(line).status), ['invalid', 'invalid']);
  });

  it('list all users in order, whatever the size of the page', async () => {
    const names = Array.from({ length: 25 }, (_, n) => `list-${String(n).padStart(2, '0')}`);
    for (const name of names) worker.secrets.add(name);
    const lines = names.map((username) => JSON.stringify({ username, password_hash: argon2id(PASSWORD, { memory: 64, passes: 1 }) }));
    const many = await ask('POST', '/api/users', lines.join('\n'));
    assert.equal(many.status, 200, many.text);
    assert.deepEqual(many.text.trim().split('\n').map((line) => JSON.parse(line).status), names.map(() => 'created'));
    assert.equal((await login('list-24', PASSWORD)).status, 200);
    for (const limit of [1, 7, 1000]) {
      const listed = [];
      for (let next = 'list-'; next !== null;) {
        const page = (await ask('GET', `/api/users?limit=${limit}&after=${encodeURIComponent(next)}`)).json();
        listed.push(...page.users.map(({ username }) => username).filter((username) => username.startsWith('list-')));
        next = page.next;
      }
      assert.deepEqual(listed, names, String(limit));
    }
  });

  it('see the sessions of a user, and end them', async () => {
    assert.equal((await ask('PUT', '/api/users/emma', { password: PASSWORD })).status, 201);
    const [one, two] = [await login('emma', PASSWORD), await login('emma', PASSWORD)];
    assert.equal((await ask('GET', '/api/users/emma/sessions')).json().sessions.length, 2);
    assert.equal((await ask('DELETE', '/api/users/emma/sessions')).status, 204);
    assert.deepEqual([await me(one), await me(two), await refresh(one)], [401, 401, 400]);
    assert.deepEqual((await ask('GET', '/api/users/emma/sessions')).json().sessions, []);
    assert.equal(await me(await login('emma', PASSWORD)), 200);
  });

  it('are named in the log, and only with a key of their own', async () => {
    const asked = (authorization, method = 'DELETE') => ask(method, '/api/users/emma', undefined, { authorization });
    assert.deepEqual([(await asked(`Bearer ${READS}`)).status, (await asked(`Bearer ${READS}`, 'GET')).status], [403, 200]);
    for (const authorization of [`Bearer ${KEY.slice(0, -1)}8`, `Bearer ${KEY}0`, `Bearer shop:${KEY}`, 'Bearer x']) {
      const refused = await asked(authorization);
      assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer error="invalid_token"'], authorization);
    }
    assert.equal((await asked(`Bearer ${KEY}`)).status, 204);
    const lines = worker.lines('delete_user').slice(-6);
    assert.deepEqual(lines.map(({ key, outcome }) => `${key ?? 'nobody'} ${outcome}`), [
      'report read_only_key', ...Array(4).fill('nobody unknown_key'), 'shop ok',
    ]);
  });
});

describe('where no service has a key', () => {
  it('there is no such path', async () => {
    const worker = await startWorker();
    for (const [method, path] of [['GET', '/api/users'], ['POST', '/api/users'], ['PUT', '/api/users/anna'], ['DELETE', '/api/users/anna/sessions']]) {
      const answer = await worker.fetch(path, { method, headers: { authorization: `Bearer ${KEY}` } });
      assert.equal(answer.status, 404, path);
      await answer.text();
    }
    await worker.stop();
  });

  it('a key that is too short, or comes twice, is a misconfiguration', async () => {
    for (const SERVICE_KEYS of ['shop:short', `shop:${KEY},news:${KEY}:read`, `shop:${KEY}:writes`]) {
      const worker = await startWorker({ vars: { SERVICE_KEYS } });
      const answer = await worker.fetch('/api/users', { headers: { authorization: `Bearer ${KEY}` } });
      assert.equal(answer.status, 500, SERVICE_KEYS);
      assert.ok(!(await answer.text()).includes(KEY));
      await worker.stop();
    }
  });
});
