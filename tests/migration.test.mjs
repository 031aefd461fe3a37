// Users of other frameworks are imported, log in as before, and get new hashes.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startProject } from '../tooling/project.mjs';
import { ended } from '../tooling/run.mjs';
import { stores } from '../tooling/users.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { recorded } from './support/recorded.mjs';

const users = recorded('password-hashes.jsonl').map((user) => ({ ...user, username: user.format }));
/** Its 100 MiB don't fit into a Worker. */
const TOO_LARGE = 'django argon2';
const usable = users.filter(({ username }) => username !== TOO_LARGE);

for (const store of Object.keys(stores)) {
  describe(`users of other frameworks, in ${store.toUpperCase()}`, { timeout: 500_000 }, () => {
    const args = ['--store', store];
    let project;
    let worker;
    before(() => {
      project = startProject();
      writeFileSync(join(project.folder, 'users.jsonl'), users.map(({ username, hash }) => JSON.stringify({ username, password: hash })).join('\n'));
    });
    after(async () => {
      await worker?.stop();
      project.remove();
    });
    const stored = () => project.edgeLogin(['user', 'list', ...args]).users;

    it('are imported, but for those that need too much memory', () => {
      const answer = project.edgeLogin(['user', 'import', 'users.jsonl', '--all-enabled', ...args], { code: 5 });
      assert.deepEqual([answer.added, answer.there_already, answer.rejected], [24, 0, 1]);
      const line = users.findIndex(({ username }) => username === TOO_LARGE) + 1;
      const [, reason] = readFileSync(join(project.folder, answer.rejected_file), 'utf8').trim().split('\n');
      assert.equal(reason, `${line},${TOO_LARGE},password,"the argon2 hash asks for 100 MiB of memory, but only 64 MiB fit in a Worker"`);
      assert.equal(stored().length, 24);
    });

    it('leave no hash in the log files of wrangler', () => {
      const logs = readdirSync(project.folder, { recursive: true }).filter((name) => name.endsWith('.log'));
      const told = logs.filter((name) => /password_hash|\$argon2/.test(readFileSync(join(project.folder, name), 'utf8')));
      assert.deepEqual(told, []);
    });

    it('log in with the passwords they have, and with no others', async () => {
      worker = await startWorker({ vars: { USER_STORE: store, KV_UPGRADES_PER_DAY: '500' }, persist: project.persist, entry: 'tests/support/hasty.mjs' });
      for (const { username, password } of usable) {
        assert.equal((await worker.login(username, `x${password}`)).status, 401, username);
        assert.equal((await worker.login(username, password)).status, 200, username);
      }
      assert.equal((await worker.login(TOO_LARGE, users.find(({ username }) => username === TOO_LARGE).password)).status, 401);
    });

    it('are upgraded by that, and log in as before', async () => {
      const written = () => worker.upgrades().filter(({ outcome }) => outcome === 'ok').length;
      for (let lines = usable.length; written() < usable.length; lines++) await worker.upgraded(lines);
      for (const { username, password } of usable) {
        assert.equal((await worker.login(username, password)).status, 200, username);
        assert.equal((await worker.login(username, `x${password}`)).status, 401, username);
      }
      const formats = worker.attempts().slice(-2 * usable.length).map(({ format }) => format);
      assert.deepEqual([...new Set(formats)], ['argon2id']);
      assert.equal(worker.upgrades().filter(({ outcome }) => outcome === 'ok').length, usable.length);
    });

    it('have Argon2id in the store, and keep it when the table is imported again', async () => {
      await worker.stop();
      worker = undefined;
      const before = stored();
      assert.deepEqual([...new Set(before.map(({ cost }) => cost))], ['argon2id']);
      assert.deepEqual(before.map(({ username }) => username), usable.map(({ username }) => username).sort());
      const answer = project.edgeLogin(['user', 'import', 'users.jsonl', '--all-enabled', ...args], { code: 5 });
      assert.deepEqual([answer.added, answer.there_already], [0, 24]);
      assert.deepEqual(stored(), before);
    });

    it('keep it in an update, too, until their password changes in the table', async () => {
      const before = stored();
      const update = () => {
        const { added, updated } = project.edgeLogin(['user', 'import', 'users.jsonl', '--all-enabled', '--update', ...args], { code: 5 });
        return [added, updated];
      };
      assert.deepEqual(update(), [0, 0]);
      assert.deepEqual(stored(), before);
      const [changed, other] = usable;
      const rows = users.map((user) => ({ username: user.username, password: (user === changed ? other : user).hash }));
      writeFileSync(join(project.folder, 'users.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
      assert.deepEqual(update(), [0, 1]);
      assert.deepEqual(update(), [0, 0]);
      worker = await startWorker({ vars: { USER_STORE: store }, persist: project.persist });
      assert.equal((await worker.login(changed.username, changed.password)).status, 401);
      assert.equal((await worker.login(changed.username, other.password)).status, 200);
      assert.equal((await worker.login(other.username, other.password)).status, 200);
      await worker.stop();
      worker = undefined;
    });

    const python = process.env.EDGE_LOGIN_PYTHON;
    it('can go back: exported hashes verify in the old application', { skip: python ? false : 'there is no Python 3 with pip' }, () => {
      project.edgeLogin(['user', 'export', 'back.csv', ...args]);
      const passwords = Object.fromEntries(usable.slice(1).map(({ username, password }) => [username, password]));
      const script = `
import csv, json, sys
from django.conf import settings
settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
from django.contrib.auth.hashers import check_password
from pwdlib import PasswordHash
passwords = json.load(sys.stdin)
hashes = {row["username"]: row["password_hash"] for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline=""))}
for username, password in passwords.items():
    for accepts in PasswordHash.recommended().verify, lambda typed, stored: check_password(typed, "argon2" + stored):
        assert accepts(password, hashes[username]), username
        assert not accepts("x" + password, hashes[username]), username
print(len(passwords))`;
      const { status, stdout, stderr } = ended(python, ['-c', script, join(project.folder, 'back.csv')], { input: JSON.stringify(passwords) });
      assert.equal(status, 0, stderr);
      assert.equal(Number(stdout), usable.length - 1);
    });

    if (store === 'd1') it('move to the other store with an export', () => {
      const before = stored();
      project.edgeLogin(['user', 'export', 'export.csv', ...args]);
      assert.equal(project.edgeLogin(['user', 'import', 'export.csv', '--store', 'kv']).added, 24);
      assert.deepEqual(project.edgeLogin(['user', 'list', '--store', 'kv']).users, before);
    });
  });
}

describe('users of the command line', { timeout: 300_000 }, () => {
  it('log in with the password they were given, while they are let', async () => {
    const project = startProject();
    const password = 'a password, typed twice';
    project.edgeLogin(['user', 'add', 'o\'hara', '--password-stdin'], { input: `${password}\n` });
    project.edgeLogin(['user', 'add', 'bob', '--password-stdin'], { input: `${password}\n` });
    project.edgeLogin(['user', 'passwd', 'bob', '--password-stdin'], { input: 'another password, typed twice\n' });
    project.edgeLogin(['user', 'add', 'carol', '--password-stdin'], { input: `${password}\n` });
    project.edgeLogin(['user', 'disable', 'carol']);
    const worker = await startWorker({ persist: project.persist });
    const status = async (username, password) => (await worker.login(username, password)).status;
    assert.equal(await status('o\'hara', password), 200);
    assert.equal(await status('bob', password), 401);
    assert.equal(await status('bob', 'another password, typed twice'), 200);
    assert.equal(await status('carol', password), 401);
    assert.deepEqual(worker.upgrades(), []);
    await worker.stop();
    project.edgeLogin(['user', 'enable', 'carol']);
    project.edgeLogin(['user', 'delete', 'bob']);
    assert.deepEqual(project.edgeLogin(['user', 'list']).users.map(({ username, disabled }) => [username, disabled]), [['carol', false], ['o\'hara', false]]);
    project.remove();
  });
});
