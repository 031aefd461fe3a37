// Users whom an earlier version stored log in as before. The tables of Durable Objects are tested natively.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unstable_splitSqlQuery } from 'wrangler';
import { root } from '../tooling/run.mjs';
import { startWorkerd } from '../tooling/workerd.mjs';
import { PASSWORD } from './support/recorded.mjs';

/** The migrations that each version came with. */
const RELEASES = { '0.1.0': ['0001_users.sql'] };
const text = (path) => readFileSync(join(root, path), 'utf8');

for (const [release, applied] of Object.entries(RELEASES)) {
  describe(`users whom version ${release} stored`, { timeout: 60_000 }, () => {
    const later = readdirSync(join(root, 'migrations')).sort().filter((name) => !applied.includes(name));

    it('log in from D1 after the migrations', () => loggingIn('d1', async (mf) => {
      const db = await mf.getD1Database('DB');
      for (const path of [`tests/stored/${release}.sql`, ...later.map((name) => `migrations/${name}`)]) {
        for (const statement of unstable_splitSqlQuery(text(path))) await db.prepare(statement).run();
      }
    }));

    it('log in from KV', () => loggingIn('kv', async (mf) => {
      const users = await mf.getKVNamespace('USERS');
      for (const [key, record] of Object.entries(JSON.parse(text(`tests/stored/${release}.kv.json`)))) await users.put(key, record);
    }));
  });
}

/** Has users stored, of whom alice may log in and bob is disabled. */
async function loggingIn(store, fill) {
  const { mf, url } = await startWorkerd({ gate: 100, handleStructuredLogs: () => {}, vars: { USER_STORE: store } });
  await fill(mf);
  const login = async (username) => (await fetch(new URL('/api/user/login', url), {
    method: 'POST', headers: { 'x-client': '192.0.2.1' }, body: new URLSearchParams({ username, password: PASSWORD }),
  })).status;
  assert.equal(await login('alice'), 200);
  assert.equal(await login('bob'), 401);
  await mf.dispose();
}
