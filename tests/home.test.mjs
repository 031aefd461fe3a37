// Users in KV are changed in the home of their account, in the built Worker: what was answered holds everywhere, though
// copies in KV are old, and is finished by an alarm when the object is killed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { argon2id } from '../tooling/hashes.mjs';
import { startWorker } from '../tooling/worker.mjs';

const OLD = 'the old password of a test';
const NEW = 'tr0ubador & tr1angle';
const hash = (password) => argon2id(password, { memory: 64, passes: 1 });
const KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
/** Reads what KV had before. */
const stale = { headers: { 'x-stale': '1' } };

describe('the home of accounts in KV', () => {
  let worker;
  let users;
  let home;
  before(async () => {
    worker = await startWorker({ vars: { USER_STORE: 'kv', GUARD_SHARDS: '1', SERVICE_KEYS: `shop:${KEY}` }, entry: 'tests/support/hasty.mjs' });
    users = await worker.mf.getKVNamespace('USERS');
    const namespace = await worker.mf.getDurableObjectNamespace('HOME');
    home = (question, body) => namespace.get(namespace.idFromName('home-0')).fetch(`https://object/${question}`, { method: 'POST', body });
  });
  after(() => worker.stop());

  const status = async (username, password, init) => (await worker.login(username, password, init)).status;
  const me = async (token, init) => (await worker.fetch('/api/user/me', { headers: { authorization: `Bearer ${token}`, ...init?.headers } })).status;
  /** A user who has logged in, and whose copies stay as they are. */
  async function loggedIn(username) {
    await worker.addUser({ username, password_hash: hash(OLD) });
    await (await worker.fetch('/freeze')).text();
    const { access_token } = await (await worker.login(username, OLD)).json();
    worker.secrets.add(access_token);
    return access_token;
  }
  const changePassword = (token) =>
    worker.fetch('/api/user/password', { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: new URLSearchParams({ password: OLD, new_password: NEW }) });
  /** Changes a user as the service API does. */
  async function change(username, edit) {
    const answer = await home('change', JSON.stringify({ username, condition: 'always', edit }));
    assert.equal(answer.status, 200);
    return answer.json();
  }
  const fault = async (name) => (await worker.fetch(`/fault?${new URLSearchParams({ name })}`)).text();
  /** What KV has of a user, once that is as it should be. */
  async function written(username, isWritten) {
    for (;;) {
      const record = await users.get(`user:${username}`, 'json');
      if (isWritten(record)) return record;
      await setTimeout(20);
    }
  }

  it('makes a new password hold at once, where copies are old, too', async () => {
    const token = await loggedIn('anna');
    const answer = await changePassword(token);
    assert.equal(answer.status, 200);
    const { access_token } = await answer.json();
    worker.secrets.add(access_token);
    assert.deepEqual([await status('anna', OLD, stale), await status('anna', NEW, stale)], [401, 200]);
    assert.deepEqual([await me(token, stale), await me(access_token, stale)], [401, 200]);
    const record = await written('anna', ({ password_hash }) => password_hash.includes('m=19456'));
    assert.ok(record.version > 0 && record.changed_at > 0);
  });

  it('lets a user who was created log in at once, and one who was deleted no more', async () => {
    await (await worker.fetch('/freeze')).text();
    const user = { hash: { hash: hash(OLD), digest: null }, disabled: false, subject: null, claims: null, email: 'berta@example.com' };
    worker.secrets.add('berta').add(user.hash.hash).add(user.email);
    const { created } = await change('berta', { put: user });
    assert.equal(await status('berta', NEW, stale), 401);
    const answer = await worker.login('berta', OLD, stale);
    assert.equal(answer.status, 200);
    const { access_token } = await answer.json();
    worker.secrets.add(access_token);
    assert.equal(await me(access_token, stale), 200);
    await written('berta', (record) => record?.version === created.version);
    while ((await users.get('email:berta')) !== user.email) await setTimeout(20);
    await (await worker.fetch('/freeze')).text();
    const { deleted } = await change('berta', 'delete');
    assert.ok(deleted.version > created.version);
    assert.equal(await status('berta', OLD, stale), 401);
    assert.equal(worker.attempts().at(-1).outcome, 'unknown_user');
    assert.equal(await me(access_token, stale), 401);
    await written('berta', (record) => record === null);
    while ((await users.get('email:berta')) !== null) await setTimeout(20);
    const again = await change('berta', { put: { ...user, email: null } });
    assert.ok(again.created.version > deleted.version);
    assert.deepEqual(await (await home('read', 'berta')).json().then(({ record, ...rest }) => ({ hash: record.password_hash, ...rest })), {
      hash: user.hash.hash, version: again.created.version, email: null,
    });
  });

  it('tells the guards by its alarm, if it is killed before', async () => {
    const token = await loggedIn('carla');
    await fault('killed before the guards know');
    assert.equal((await changePassword(token)).status, 503);
    await written('carla', ({ password_hash }) => password_hash.includes('m=19456'));
    assert.deepEqual([await status('carla', OLD, stale), await status('carla', NEW, stale)], [401, 200]);
    assert.equal(await me(token, stale), 401);
  });

  it('writes to KV by its alarm, if it is killed while it writes', async () => {
    const token = await loggedIn('doris');
    await fault('killed before KV has it');
    const answer = await changePassword(token);
    assert.equal(answer.status, 200);
    worker.secrets.add((await answer.json()).access_token);
    assert.equal(await status('doris', OLD, stale), 401);
    await written('doris', ({ password_hash }) => password_hash.includes('m=19456'));
    assert.equal(await status('doris', NEW), 200);
  });

  it('makes one of two changes at once that stand on the same password', async () => {
    const token = await loggedIn('emma');
    const statuses = (await Promise.all([changePassword(token), changePassword(token)])).map((answer) => answer.status);
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join());
    assert.equal(await status('emma', NEW, stale), 200);
  });

  it('serves the services: what they change holds where copies are old', async () => {
    const token = await loggedIn('frida');
    const ask = async (method, path, body, headers) => {
      const answer = await worker.fetch(path, { method, headers: { authorization: `Bearer ${KEY}`, ...stale.headers, ...headers }, body: JSON.stringify(body) });
      return { status: answer.status, etag: answer.headers.get('etag'), user: answer.status === 204 ? undefined : await answer.json() };
    };
    const before = await ask('GET', '/api/users/frida');
    const disabled = await ask('PATCH', '/api/users/frida', { disabled: true }, { 'if-match': before.etag });
    assert.deepEqual([before.status, disabled.status, disabled.user.disabled], [200, 200, true]);
    assert.deepEqual([await status('frida', OLD, stale), await me(token, stale)], [401, 401]);
    assert.equal((await ask('PATCH', '/api/users/frida', { disabled: false }, { 'if-match': before.etag })).status, 412);
    const read = await ask('GET', '/api/users/frida');
    assert.deepEqual([read.etag, read.user], [disabled.etag, disabled.user]);
    assert.equal((await ask('PATCH', '/api/users/frida', { disabled: false, email: 'frida@example.com' }, { 'if-match': read.etag })).status, 200);
    assert.equal(await status('frida', OLD, stale), 200);
    await written('frida', (record) => record?.disabled === false);
    while ((await users.get('email:frida')) === null) await setTimeout(20);
    const names = [];
    for (let next = ''; next !== null;) {
      const page = await (await worker.fetch(`/api/users?limit=2${next && `&after=${encodeURIComponent(next)}`}`, { headers: { authorization: `Bearer ${KEY}` } })).json();
      names.push(...page.users.map(({ username, email }) => `${username} ${email}`));
      next = page.next;
    }
    assert.deepEqual(names.slice(0, 2), ['anna null', 'berta null']);
    assert.ok(names.includes('frida frida@example.com'), names.join());
    assert.deepEqual([(await ask('DELETE', '/api/users/frida')).status, (await ask('DELETE', '/api/users/frida')).status], [204, 204]);
    assert.deepEqual([await status('frida', OLD, stale), (await ask('GET', '/api/users/frida')).status], [401, 404]);
    const lines = ['{"username":"gerda","password_hash":"x"}', JSON.stringify({ username: 'hilda', password_hash: hash(OLD) })].join('\n');
    const many = await worker.fetch('/api/users', { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body: lines });
    assert.deepEqual((await many.text()).trim().split('\n').map((line) => JSON.parse(line).status), ['invalid', 'created']);
    assert.equal(await status('hilda', OLD, stale), 200);
  });

  it('refuses what is no change', async () => {
    for (const [question, body] of [['read', ''], ['read', 'a\nb'], ['change', ''], ['change', '{}'], ['change', '{"username":"a\\nb","condition":"always","edit":"delete"}']]) {
      const answer = await home(question, body);
      assert.equal(answer.status, 400, body);
      await answer.text();
    }
  });
});
