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
