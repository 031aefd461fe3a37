// Applications that stay the owners of their users tell the Worker what changes, by the programs of docs/SYNC.md: with SQLAlchemy
// in FastAPI, with Django, and with Better Auth.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { edgeLogin } from '../tooling/command-line.mjs';
import { packages } from '../tooling/packages.mjs';
import { freePort } from '../tooling/port.mjs';
import { environment, root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';

const KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
const OLD = 'a sentence that nobody would guess';
const NEW = 'another sentence that nobody would guess';
const python = process.env.EDGE_LOGIN_PYTHON;
const programs = join(root, 'tests/services/sync');

const page = readFileSync(join(root, 'docs/SYNC.md'), 'utf8');

it('the programs of docs/SYNC.md are those that are tested here', () => {
  const files = readdirSync(programs, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  for (const { parentPath, name } of files) assert.ok(page.includes(readFileSync(join(parentPath, name), 'utf8')), name);
});

/** How docs/USERS.md exports the users. */
const selects = readFileSync(join(root, 'docs/USERS.md'), 'utf8').match(/(?<=^sqlite3 .*")SELECT[^"]+(?=")/gm);
const from = (table) => selects.find((select) => select.includes(` FROM ${table}`));
const recipes = {
  'FastAPI and SQLAlchemy': { app: [python, 'sync_fastapi.py'], sender: [python, 'send_users.py'], select: from('users') },
  Django: { app: [python, 'sync_django.py'], sender: [python, 'sync_django.py', 'send_users'], select: from('auth_user') },
  // It sends by itself.
  'Better Auth': { app: ['node', 'sync_better_auth.mjs'], select: from('user u') },
};

describe('the login is told', { concurrency: true }, () => {
  for (const [recipe, programs] of Object.entries(recipes)) tells(recipe, programs);
});

function tells(recipe, { app, sender, select }) {
  describe(`a user of an application with ${recipe}`, { concurrency: 1, skip: !app[0] && 'Python 3 with venv and pip is missing' }, () => {
    let folder;
    let port;
    let worker;
    let application;
    let sending;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
      cpSync(programs, folder, { recursive: true });
      const driver = app[1];
      cpSync(join(root, 'tests/support', driver), join(folder, driver));
      if (app[0] === 'node') {
        packages(join(root, 'bench/peers'), ['--ignore-scripts']);
        symlinkSync(join(root, 'bench/peers/node_modules'), join(folder, 'node_modules'));
      }
      port = await freePort();
      await startLogin();
      await start({ isSending: true });
    });
    after(async () => {
      await killAll();
      await worker.stop();
      rmSync(folder, { recursive: true });
    });

    function run([command, ...args], stdio = ['ignore', 'inherit', 'ignore']) {
      const database = join(folder, 'app.db');
      const env = { ...environment, LOGIN: `http://127.0.0.1:${port}`, SERVICE_KEY: KEY, DATABASE: database, DATABASE_URL: `sqlite:///${database}` };
      return spawn(command, args, { cwd: folder, env, stdio });
    }
    async function start({ isSending }) {
      application = run(isSending && !sender ? [...app, 'send'] : app, ['pipe', 'pipe', 'inherit']);
      application.answers = createInterface(application.stdout)[Symbol.asyncIterator]();
      await does('refused');
      if (isSending && sender) sending = run(sender);
    }
    async function killAll() {
      for (const child of [application, sending]) {
        if (!child || child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    async function startLogin() {
      const vars = { SECRET_KEY: 'f3a9c1d47be25860a1b2c3d4e5f60718293a4b5c6d7e8f90', SERVICE_KEYS: `app:${KEY}`, USERNAME_CASE: 'lower' };
      worker = await startWorker({ vars, port, persist: join(folder, 'login') });
      for (const secret of [KEY, OLD, NEW]) worker.secrets.add(secret);
    }

    /** Has the application do something with a user. */
    async function does(action, ...args) {
      application.stdin.write(`${JSON.stringify([action, ...args])}\n`);
      const { value } = await application.answers.next();
      assert.ok(value, `the application ended at ${action}`);
      return JSON.parse(value);
    }
    const name = (name) => `${name}@example.com`;
    const user = async (name) => {
      const answer = await worker.fetch(`/api/users/${encodeURIComponent(name)}`, { headers: { authorization: `Bearer ${KEY}` } });
      return answer.status === 404 ? null : answer.json();
    };
    /** Waits for something to arrive at the Worker. */
    async function arrives(what, seconds = 30) {
      for (const end = Date.now() + 1000 * seconds; !await what(); await setTimeout(50)) assert.ok(Date.now() < end, `${what}`);
    }
    const isThere = (name) => arrives(() => user(name));
    /** Waits until the user has another state than before. */
    async function changes(name, ...what) {
      const { version } = await user(name);
      await does(...what);
      await hasChanged(name, version);
    }
    const hasChanged = (name, version) => arrives(async () => ![undefined, version].includes((await user(name))?.version));
    const status = async (name, password) => (await worker.login(name, password)).status;
    async function login(name, password) {
      const answer = await worker.login(name, password);
      assert.equal(answer.status, 200);
      const { access_token } = await answer.json();
      worker.secrets.add(access_token);
      return access_token;
    }
    const me = async (token) => (await worker.fetch('/api/user/me', { headers: { authorization: `Bearer ${token}` } })).status;
    const create = async (name, password = OLD) => {
      await does('create', name, password);
      await isThere(name);
    };

    it('logs in once created, and with a new password only with that', async () => {
      const anna = name('anna');
      assert.equal(await status(anna, OLD), 401);
      await create(anna);
      const token = await login(anna, OLD);
      await changes(anna, 'password', anna, NEW);
      assert.deepEqual([await me(token), await status(anna, OLD), await status(anna, NEW)], [401, 401, 200]);
    });

    it('is disabled and enabled', async () => {
      const bob = name('bob');
      await create(bob);
      const token = await login(bob, OLD);
      await changes(bob, 'disable', bob);
      assert.deepEqual([await me(token), await status(bob, OLD)], [401, 401]);
      await changes(bob, 'enable', bob);
      assert.equal(await status(bob, OLD), 200);
    });

    it('has a new name and no longer the old one', async () => {
      await create(name('carla'));
      await does('rename', name('carla'), name('karla'));
      await isThere(name('karla'));
      await arrives(async () => !await user(name('carla')));
      assert.deepEqual([await status(name('carla'), OLD), await status(name('karla'), OLD)], [401, 200]);
      // The login takes both for one. The names of Better Auth are in lower case.
      if (!sender) return;
      await create(name('Paul'));
      await does('rename', name('Paul'), name('paul'));
      await create(name('petra'));
      assert.equal(await status(name('paul'), OLD), 200);
    });

    it('has a name that was somebody else\'s until just now', async () => {
      await create(name('mona'));
      const { version } = await user(name('mona'));
      await does('rename', name('mona'), name('monika'));
      await does('create', name('mona'), NEW);
      await isThere(name('monika'));
      await hasChanged(name('mona'), version);
      assert.deepEqual([await status(name('mona'), OLD), await status(name('mona'), NEW), await status(name('monika'), OLD)], [401, 200, 200]);
    });

    it('is deleted', async () => {
      const dora = name('dora');
      await create(dora);
      const token = await login(dora, OLD);
      await does('delete', dora);
      await arrives(async () => !await user(dora));
      assert.deepEqual([await me(token), await status(dora, OLD)], [401, 401]);
    });

    it('stays logged in when the same is sent again', async () => {
      const emil = name('emil');
      await create(emil);
      const upgrades = worker.upgrades().length;
      const token = await login(emil, OLD);
      await worker.upgraded(upgrades + 1);
      const { version } = await user(emil);
      const puts = worker.lines('put_user').length;
      await does('touch', emil);
      await arrives(() => worker.lines('put_user').length > puts);
      assert.deepEqual([(await user(emil)).version, await me(token), await status(emil, OLD)], [version, 200, 200]);
    });

    it('is not told of by a transaction that is rolled back', async () => {
      await does('rollback', name('nobody'), OLD);
      await create(name('gina'));
      assert.equal(await user(name('nobody')), null);
    });

    it('with a hash that the login refuses can no longer log in, and holds up nobody', async () => {
      const hans = name('hans');
      await create(hans);
      await changes(hans, 'hash', hans, '!');
      const impossible = [name('x'.repeat(20_000)), ...(sender ? ['..'] : [])];
      for (const name of impossible) await does('create', name, OLD);
      await create(name('ida'));
      const refused = await does('refused');
      assert.deepEqual(refused.map(({ username }) => username), [hans, ...impossible]);
      assert.match(refused[0].refused, /password_hash/);
      assert.equal(await status(hans, OLD), 401);
      for (const name of impossible) await does('delete', name);
      await changes(hans, 'reset', hans, NEW);
      assert.equal(await status(hans, NEW), 200);
      await arrives(async () => (await does('refused')).length === 0);
    });

    if (recipe === 'Better Auth') it('is told of whatever administrators and users do', async () => {
      const nora = name('nora');
      await does('create by admin', nora, OLD);
      await isThere(nora);
      await changes(nora, 'set by admin', nora, NEW);
      assert.deepEqual([await status(nora, OLD), await status(nora, NEW)], [401, 200]);
      await changes(nora, 'ban for a second', nora);
      await setTimeout(1100);
      assert.equal(await status(nora, NEW), 401);
      await changes(nora, 'touch', nora);
      assert.equal(await status(nora, NEW), 200);
      // As after a move: nobody has noted which names are here.
      await does('sql', `DELETE FROM "loginSync"; ${page.match(/```sql\n([^]*?)```/)[1]}`);
      await changes(nora, 'ban for a second', nora);
      await setTimeout(1100);
      await does('rename by admin', nora, name('eleonora'));
      await isThere(name('eleonora'));
      assert.equal(await status(name('eleonora'), NEW), 200);
      await arrives(async () => !await user(nora));
      await create(name('otto'));
      await does('leave', name('otto'));
      await arrives(async () => !await user(name('otto')));
    });

    it('is told of later, if the login is down', async () => {
      await create(name('jan'));
      await worker.stop();
      const statuses = [429, 503];
      const broken = createServer((_, response) => response.writeHead(statuses.pop() ?? 503, { connection: 'close' }).end()).listen(port);
      await does('disable', name('jan'));
      await does('create', name('kurt'), OLD);
      await arrives(() => statuses.length === 0);
      await new Promise((resolve) => broken.close(resolve));
      await startLogin();
      await isThere(name('kurt'));
      assert.deepEqual([await status(name('jan'), OLD), await status(name('kurt'), OLD)], [401, 200]);
    });

    it('is told of later, if all is killed after the change', async () => {
      await create(name('lena'));
      const { version } = await user(name('lena'));
      await killAll();
      await start({ isSending: false });
      await does('reset', name('lena'), NEW);
      await does('create', name('moritz'), OLD);
      await does('delete', name('moritz'));
      await killAll();
      await start({ isSending: true });
      await hasChanged(name('lena'), version);
      assert.deepEqual([await status(name('lena'), OLD), await status(name('lena'), NEW)], [401, 200]);
    });

    it('who is disabled in bulk waits for the nightly import, which finds nothing else', async () => {
      await does('bulk', name('gina'));
      await create(name('fritz'));
      assert.equal(await status(name('gina'), OLD), 200);
      const rows = new DatabaseSync(join(folder, 'app.db')).prepare(select).all();
      const csv = [Object.keys(rows[0]), ...rows.map(Object.values)].map((row) => row.map((field) => `"${field ?? ''}"`).join(',')).join('\n');
      writeFileSync(join(folder, 'users.csv'), csv);
      const command = ['user', 'import', 'users.csv', '--sync', '--api', worker.url.origin, '--max-disabled', '50%', '--yes'];
      const { answer, stderr } = await edgeLogin(command, { cwd: folder, env: { EDGE_LOGIN_KEY: KEY } });
      assert.deepEqual([answer?.add.count, answer?.change.first, answer?.disable_gone.count], [0, [name('gina')], 0], stderr);
      assert.equal(await status(name('gina'), OLD), 401);
    });
  });
}
