// Old hashes are replaced by new ones after a login, in the built Worker and its stores.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { argon2id } from '../tooling/hashes.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recorded, recordedUsers } from './support/recorded.mjs';

const TODAYS = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/;
const [{ password_hash: OLD }, { password_hash: OTHER }] = recordedUsers;
const LONG = recorded('password-hashes.jsonl').find(({ format }) => format === 'bcrypt over 72 bytes');

describe('with users in D1', () => {
  let worker;
  before(async () => {
    worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
  });
  after(() => worker.stop());

  const row = async (username) => (await worker.mf.getD1Database('DB')).prepare('SELECT * FROM users WHERE username = ?1').bind(username).first();
  const login = async (username, password, init) => {
    const answer = await worker.login(username, password, init);
    assert.equal(answer.status, 200);
    return answer;
  };

  it('replaces an old hash, and nothing else', async () => {
    await worker.addUser({ username: 'agnes', password_hash: OLD });
    await (await worker.mf.getD1Database('DB')).prepare('UPDATE users SET created_at = 1, changed_at = 2').run();
    const before = await row('agnes');
    await login('agnes', PASSWORD);
    const [line] = await worker.upgraded(1);
    const { time, user, ...rest } = line;
    assert.deepEqual(rest, { event: 'upgrade', outcome: 'ok', format: 'bcrypt' });
    assert.equal(user, worker.attempts().at(-1).user);
    const { password_hash, ...kept } = await row('agnes');
    assert.match(password_hash, TODAYS);
    assert.deepEqual({ ...kept, password_hash: OLD }, before);

    await login('agnes', PASSWORD);
    assert.equal((await worker.login('agnes', 'a wrong password')).status, 401);
    assert.deepEqual(worker.attempts().slice(-2).map(({ outcome, format }) => [outcome, format]), [['ok', 'argon2id'], ['bad_password', 'argon2id']]);
    assert.equal((await row('agnes')).password_hash, password_hash);
  });

  it('has the whole of a long password count', async () => {
    const tail = `${LONG.password.slice(0, 71)}, and another tail`;
    await worker.addUser({ username: 'ludwig', password_hash: LONG.hash });
    await worker.addUser({ username: 'ludovica', password_hash: LONG.hash });
    await login('ludovica', tail);
    await login('ludwig', LONG.password);
    await worker.upgraded(3);
    assert.equal((await worker.login('ludwig', tail)).status, 401);
    await login('ludwig', LONG.password);
  });

  it('replaces it once for many logins at a time', async () => {
    await worker.addUser({ username: 'bertha', password_hash: argon2id(PASSWORD, { memory: 8192, passes: 1 }) });
    await Promise.all(Array.from({ length: 10 }, () => login('bertha', PASSWORD)));
    const outcomes = (await worker.upgraded(4)).slice(3);
    assert.match((await row('bertha')).password_hash, TODAYS);
    await login('bertha', PASSWORD);
    assert.equal(outcomes.filter(({ outcome }) => outcome === 'ok').length, 1);
  });

  for (const [fault, outcome, error] of [
    ['guard does not hash', 'guard_error', 'the guard failed: it answered 400'],
    ['guard hashes with a format of its own', 'guard_error', 'a message between the Worker and its object was not understood'],
    ['guard never hashes', 'guard_error', 'the guard did not answer within 15 s'],
    ['d1 does not write', 'store_error', 'the user store failed: D1_ERROR: database is locked'],
    ['d1 never writes', 'store_error', 'the user store did not answer within 3 s'],
  ]) {
    it(`${fault}: that is logged, and the next login tries again`, async () => {
      const username = `user of ${fault}`;
      await worker.addUser({ username, password_hash: OLD });
      await login(username, PASSWORD, { headers: { 'x-fault': fault } });
      const { user } = worker.attempts().at(-1);
      const lines = async (count) => (await worker.upgraded(count, user)).map((line) => [line.outcome, line.error]);
      assert.deepEqual(await lines(1), [[outcome, error]]);
      assert.equal((await row(username)).password_hash, OLD);
      await login(username, PASSWORD);
      assert.deepEqual((await lines(2))[1], ['ok', undefined]);
      assert.match((await row(username)).password_hash, TODAYS);
    });
  }
});

describe('with users in KV', () => {
  let worker;
  let users;
  before(async () => {
    worker = await startWorker({ vars: { USER_STORE: 'kv', KV_UPGRADES_PER_DAY: '500' }, entry: 'tests/support/hasty.mjs' });
    users = await worker.mf.getKVNamespace('USERS');
  });
  after(() => worker.stop());

  const record = (username) => users.get(`user:${username}`, 'json');
  /** The record once the home has written it. */
  async function written(username) {
    for (;;) {
      const found = await record(username);
      if (TODAYS.test(found.password_hash)) return found;
      await setTimeout(20);
    }
  }

  /** Logs in, then has `meanwhile` happen, then waits for the upgrade; gives its outcomes and the record. */
  async function upgrade(username, meanwhile = () => {}) {
    const answer = await worker.login(username, PASSWORD);
    assert.equal(answer.status, 200);
    const { user } = worker.attempts().at(-1);
    const [{ outcome: first }] = await worker.upgraded(1, user);
    await meanwhile();
    const lines = await worker.upgraded(2, user);
    return { outcomes: [first, lines[1].outcome], record: await record(username) };
  }

  it('replaces an old hash after a while, and nothing else of the record and its key', async () => {
    const expiration = Math.ceil(Date.now() / 1000) + 86_400;
    const kept = { disabled: false, created_at: 1, changed_at: '2026-11-22' };
    await users.put('user:al', JSON.stringify({ password_hash: OLD, ...kept }), { metadata: { from: 'import' }, expiration });
    await users.put('user:alan', JSON.stringify({ password_hash: OTHER }));
    const { outcomes } = await upgrade('al');
    assert.deepEqual(outcomes, ['queued', 'ok']);
    const { password_hash, ...rest } = await written('al');
    assert.deepEqual(rest, kept);
    const [key] = (await users.list({ prefix: 'user:al' })).keys;
    assert.deepEqual(key, { name: 'user:al', metadata: { from: 'import' }, expiration });

    assert.equal((await worker.login('al', PASSWORD)).status, 200);
    assert.equal((await worker.login('al', 'a wrong password')).status, 401);
    assert.deepEqual(worker.attempts().slice(-2).map(({ outcome, format }) => [outcome, format]), [['ok', 'argon2id'], ['bad_password', 'argon2id']]);
  });

  it('leaves a password that was changed meanwhile', async () => {
    await worker.addUser({ username: 'charlotte', password_hash: OLD });
    const { outcomes, record } = await upgrade('charlotte', () => worker.addUser({ username: 'charlotte', password_hash: OTHER }));
    assert.deepEqual(outcomes, ['queued', 'changed_meanwhile']);
    assert.equal(record.password_hash, OTHER);
  });

  it('leaves a user who was deleted meanwhile', async () => {
    await worker.addUser({ username: 'dagmar', password_hash: OLD });
    const { outcomes, record } = await upgrade('dagmar', () => users.delete('user:dagmar'));
    assert.deepEqual([outcomes, record], [['queued', 'changed_meanwhile'], null]);
  });

  it('keeps a user disabled who was disabled meanwhile', async () => {
    await worker.addUser({ username: 'emil', password_hash: OLD });
    const disable = () => worker.addUser({ username: 'emil', password_hash: OLD, disabled: true });
    const { outcomes, record } = await upgrade('emil', disable);
    assert.deepEqual([outcomes, record.disabled], [['queued', 'changed_meanwhile'], true]);
  });

  it('logs a write that fails, and tries again', async () => {
    await worker.addUser({ username: 'unwritable', password_hash: OLD });
    const { outcomes } = await upgrade('unwritable');
    assert.deepEqual(outcomes, ['queued', 'ok']);
    await written('unwritable');
    const failures = worker.lines('home').map(({ error }) => error);
    assert.deepEqual(failures, ['the user store failed: KV PUT failed: 429 Too Many Requests']);
    assert.equal((await worker.login('unwritable', PASSWORD)).status, 200);
    assert.equal(worker.attempts().at(-1).format, 'argon2id');
  });
});

describe('the quota of KV', () => {
  it('is 0 by default: no record is written, whatever a location still has of it', async () => {
    const worker = await startWorker({ vars: { USER_STORE: 'kv' } });
    await worker.addUser({ username: 'ida', password_hash: OLD });
    assert.equal((await worker.login('ida', PASSWORD)).status, 200);
    // An upgrade in D1 shows that one of Ida's would have been logged by now.
    const other = await startWorker();
    await other.addUser({ username: 'ida', password_hash: OLD });
    assert.equal((await other.login('ida', PASSWORD)).status, 200);
    await other.upgraded(1);
    assert.deepEqual(worker.upgrades(), []);
    const users = await worker.mf.getKVNamespace('USERS');
    assert.equal((await users.get('user:ida', 'json')).password_hash, OLD);
    const queue = await worker.mf.getDurableObjectNamespace('UPGRADES');
    assert.equal(await (await queue.get(queue.idFromName('upgrades')).fetch('https://object/refuses', { method: 'POST', body: 'ida' })).text(), '"over_quota"');
    await Promise.all([worker.stop(), other.stop()]);
  });

  it('bounds how many upgrades a day has, and a user waits once', async () => {
    const worker = await startWorker({ vars: { USER_STORE: 'kv', KV_UPGRADES_PER_DAY: '1' } });
    for (const username of ['fritz', 'greta']) await worker.addUser({ username, password_hash: OLD });
    for (const username of ['fritz', 'fritz', 'greta']) {
      const lines = worker.upgrades().length;
      assert.equal((await worker.login(username, PASSWORD)).status, 200);
      await worker.upgraded(lines + 1);
    }
    assert.deepEqual(worker.upgrades().map(({ outcome }) => outcome), ['queued', 'queued', 'over_quota']);
    await worker.stop();
  });
});

describe('the queue of upgrades', () => {
  it('overwrites no password that the user changed meanwhile', async () => {
    const worker = await startWorker({ vars: { USER_STORE: 'kv', KV_UPGRADES_PER_DAY: '500' }, entry: 'tests/support/hasty.mjs' });
    await worker.addUser({ username: 'konrad', password_hash: OLD });
    const { access_token } = await (await worker.login('konrad', PASSWORD)).json();
    const [{ outcome }] = await worker.upgraded(1);
    assert.equal(outcome, 'queued');
    const body = new URLSearchParams({ password: PASSWORD, new_password: 'tr0ubador & tr1angle' });
    const headers = { authorization: `Bearer ${access_token}` };
    assert.equal((await worker.fetch('/api/user/password', { method: 'POST', headers, body })).status, 200);
    const [, { outcome: then }] = await worker.upgraded(2);
    assert.equal(then, 'changed_meanwhile');
    assert.equal((await worker.login('konrad', 'tr0ubador & tr1angle')).status, 200);
    assert.equal((await worker.login('konrad', PASSWORD)).status, 401);
    await worker.stop();
  });

  it('may be absent: that is logged, and logins go on', async () => {
    const worker = await startWorker({ vars: { USER_STORE: 'kv', KV_UPGRADES_PER_DAY: '500' }, entry: 'tests/support/faulty.mjs' });
    await worker.addUser({ username: 'hilde', password_hash: OLD });
    assert.equal((await worker.login('hilde', PASSWORD, { headers: { 'x-fault': 'queue is not bound' } })).status, 200);
    const [{ outcome, error }] = await worker.upgraded(1);
    assert.deepEqual([outcome, error], ['store_error', 'the rehash queue failed: Binding `UPGRADES` is undefined.']);
    await worker.stop();
  });

  it('refuses what is no upgrade', async () => {
    const worker = await startWorker({ vars: { USER_STORE: 'kv' } });
    const namespace = await worker.mf.getDurableObjectNamespace('UPGRADES');
    const queue = namespace.get(namespace.idFromName('upgrades'));
    for (const [question, body] of [['refuses', ''], ['refuses', 'a\nb'], ['add', 'alice'], ['add', '[]'], ['add', JSON.stringify(['alice', OLD, OTHER])], ['add', '{}']]) {
      const answer = await queue.fetch(`https://object/${question}`, { method: 'POST', body });
      assert.equal(answer.status, 400);
      await answer.text();
    }
    await worker.stop();
  });
});
