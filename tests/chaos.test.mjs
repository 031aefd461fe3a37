// Objects and the whole runtime are killed while many log in. No answer is wrong, and no count is lost.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { workerds } from '../bench/support/processes.mjs';
import { argon2id } from '../tooling/hashes.mjs';
import { startWorker } from '../tooling/worker.mjs';

const LIVES = 6;
const LIFE_MS = 2500;
const CLIENTS = 12;
const PASSWORD = 'the right password';
const owners = ['olga', 'otto', 'oda'];
const victims = ['vera', 'viktor', 'vito'];
const SECRET_KEY = 'a secret that outlives each of its Workers';
const faults = [{}, {}, {}, {}, { 'x-fault': 'guard restarts' }, { 'x-fault': 'guard panics' }];
const any = (list) => list[Math.floor(Math.random() * list.length)];

describe('objects and a runtime that are killed', () => {
  it('lose no count and give no wrong answer', async (test) => {
    const persist = mkdtempSync(join(tmpdir(), 'chaos-'));
    test.after(() => rmSync(persist, { recursive: true }));
    const seen = { right: {}, wrong: {} };

    for (let life = 0; life < LIVES; life += 1) {
      const before = new Set(workerds());
      const worker = await startWorker({ persist, entry: 'tests/support/faulty.mjs', vars: { SECRET_KEY, ACCOUNT_FREE_FAILURES: '10000' } });
      if (life === 0) for (const username of [...owners, ...victims]) await worker.addUser({ username, password_hash: argon2id(PASSWORD, { memory: 64, passes: 1 }) });
      let alive = true;
      const attempt = async () => {
        const right = Math.random() < 0.3;
        const [username, password] = right ? [any(owners), PASSWORD] : [any(victims), `wrong ${Math.random()}`];
        const answer = await worker.login(username, password, { headers: any(faults), signal: AbortSignal.timeout(1000) }).catch(() => undefined);
        const kind = seen[right ? 'right' : 'wrong'];
        const status = answer?.status ?? 'none';
        kind[status] = (kind[status] ?? 0) + 1;
      };
      const client = async () => {
        while (alive) await attempt();
      };
      const clients = Array.from({ length: CLIENTS }, client);
      await new Promise((resolve) => setTimeout(resolve, LIFE_MS * (0.5 + Math.random())));
      alive = false;
      for (const pid of workerds().filter((pid) => !before.has(pid))) process.kill(pid, 'SIGKILL');
      await Promise.all(clients);
      await worker.stop();
    }

    test.diagnostic(JSON.stringify(seen));
    assert.deepEqual(Object.keys(seen.right).filter((status) => !['200', '503', 'none'].includes(status)), [], 'answers to a right password');
    assert.deepEqual(Object.keys(seen.wrong).filter((status) => !['401', '503', 'none'].includes(status)), [], 'answers to a wrong password');
    assert.ok(seen.right[200] > 10 && seen.wrong[401] > 10 && seen.wrong[503] + seen.wrong.none > 0, 'there was something to see');
    const { failures, trusted } = counted(persist);
    const sent = Object.values(seen.wrong).reduce((sum, count) => sum + count, 0);
    test.diagnostic(`${seen.wrong[401]} answered, ${failures} counted, ${sent} sent`);
    assert.ok(failures >= seen.wrong[401], `${seen.wrong[401]} failures were answered, ${failures} are counted`);
    assert.ok(trusted >= owners.length);
  });
});

/** What the guard's objects have on disk: the failures of all accounts, and how many networks are trusted. */
describe('sessions while objects and the runtime are killed', () => {
  it('stay ended once that was answered, and alive until then', async (test) => {
    const persist = mkdtempSync(join(tmpdir(), 'chaos-'));
    test.after(() => rmSync(persist, { recursive: true }));
    const vars = { SECRET_KEY, REFRESH_TOKEN_EXPIRE_MINUTES: '60' };
    const wrong = [];
    const answers = {};
    const people = [];

    for (let life = 0; life < LIVES; life += 1) {
      const before = new Set(workerds());
      const worker = await startWorker({ persist, entry: 'tests/support/faulty.mjs', vars });
      const present = { 'x-client': '192.0.2.1' };
      const ask = async (path, init) => {
        const answer = await worker.fetch(path, { ...init, headers: { ...present, ...init.headers } }).catch(() => undefined);
        return { status: answer?.status, body: await answer?.json().catch(() => undefined) };
      };
      const bearer = ({ access }) => ({ authorization: `Bearer ${access}` });
      const fails = (what, session, status) => wrong.push(`${what} of a session that is ${session.state}: ${status}`);
      /** Whether a token is good may be unknown, if a logout had no answer. */
      const check = (what, session, status, good, dead) => {
        if ((session.state === 'alive' && status === dead) || (session.state === 'ended' && status === good)) fails(what, session, status);
      };
      const end = (sessions, status) => {
        for (const session of sessions) if (session.state !== 'ended') session.state = status === 200 ? 'ended' : 'unknown';
      };
      const me = async (session) => {
        const { status } = await ask('/api/user/me', { headers: bearer(session) });
        check('me', session, status, 200, 401);
        return status;
      };
      /** What one person does, one thing after another, with the faults of the moment. */
      const step = async (person) => {
        const session = any(person.sessions);
        const [kind, headers, signal] = [Math.random(), any(faults), AbortSignal.timeout(1000)];
        const form = (path, fields, more) => ask(path, { method: 'POST', body: new URLSearchParams(fields), headers: { ...headers, ...more }, signal });
        if (!session || kind < 0.2) {
          const { status, body } = await form('/api/user/login', { username: person.username, password: PASSWORD });
          if (body?.access_token) person.sessions.push({ state: 'alive', access: body.access_token, refresh: body.refresh_token });
          return ['login', status];
        }
        if (kind < 0.5) {
          const { status, body } = await form('/api/user/refresh', { grant_type: 'refresh_token', refresh_token: session.refresh });
          check('refresh', session, status, 200, 400);
          if (body?.access_token) Object.assign(session, { access: body.access_token, refresh: body.refresh_token });
          return ['refresh', status];
        }
        if (kind < 0.65) {
          const { status } = await form('/api/user/logout', { token: session.refresh });
          end([session], status);
          return ['logout', status];
        }
        if (kind < 0.75) {
          const { status } = await form('/api/user/logout', { everywhere: 'true' }, bearer(session));
          check('everywhere', session, status, 200, 401);
          if (status !== 401) end(person.sessions, status);
          return ['everywhere', status];
        }
        return ['me', await me(session)];
      };

      for (const { sessions } of people) for (const session of sessions) await me(session);
      let alive = true;
      const newcomers = Array.from({ length: CLIENTS }, (_, number) => ({ username: `person ${life}-${number}`, sessions: [] }));
      for (const { username } of newcomers) await worker.addUser({ username, password_hash: argon2id(PASSWORD, { memory: 64, passes: 1 }) });
      people.push(...newcomers);
      const clients = newcomers.map(async (person) => {
        while (alive) {
          const [what, status = 'none'] = await step(person);
          const key = `${what} ${status}`;
          answers[key] = (answers[key] ?? 0) + 1;
        }
      });
      await new Promise((resolve) => setTimeout(resolve, LIFE_MS * (0.5 + Math.random())));
      alive = false;
      for (const pid of workerds().filter((pid) => !before.has(pid))) process.kill(pid, 'SIGKILL');
      await Promise.all(clients);
      await worker.stop();
    }

    test.diagnostic(JSON.stringify(answers));
    assert.deepEqual(wrong, []);
    for (const seen of ['refresh 200', 'logout 200', 'everywhere 200', 'me 200', 'me 401', 'refresh 400']) assert.ok(answers[seen] > 0, `${seen}: ${answers[seen]}`);
  });
});

function counted(persist) {
  const sum = { failures: 0, trusted: 0 };
  for (const entry of readdirSync(persist, { recursive: true }).filter((name) => /Guard.*\.sqlite$/.test(name))) {
    const database = new DatabaseSync(join(persist, entry));
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'buckets'").get()) {
      const row = database.prepare("SELECT SUM(failures) FILTER (WHERE network = '') AS failures, COUNT(*) FILTER (WHERE trusted_until > 0) AS trusted FROM buckets").get();
      sum.failures += row.failures ?? 0;
      sum.trusted += row.trusted;
    }
    database.close();
  }
  return sum;
}
