// Whether a login gets slower with more users, or with more logins at once: see bench/README.md.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argon2id } from '../../tests/support/hash.mjs';
import { PASSWORD, root, startWorker } from '../../tests/support/worker.mjs';
import { barChart } from '../support/chart.mjs';
import { conditions, median } from '../support/machine.mjs';

const USERS = [1_000, 100_000, 1_000_000];
const SAMPLES = 101;
const WARM_UP = 20;
const AT_ONCE = [1, 2, 4, 8, 16, 32, 64];
const SECONDS = 5;
const PASSWORD_HASH = argon2id(PASSWORD);

const workers = [];
for (const users of USERS) {
  const worker = await startWorker();
  worker.secrets.add(PASSWORD_HASH);
  const db = await worker.mf.getD1Database('DB');
  for (let from = 0; from < users; from += 100_000) {
    await db.prepare(`WITH RECURSIVE numbers (n) AS (VALUES (?1) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)
      INSERT INTO users (username, password_hash) SELECT 'user' || CAST(n AS INTEGER), ?3 FROM numbers`)
      .bind(from, Math.min(users, from + 100_000), PASSWORD_HASH).run();
  }
  const { count } = await db.prepare('SELECT COUNT(*) AS count FROM users').first();
  assert.equal(count, users);
  workers.push({ users, worker, taken: [] });
}
const login = async ({ users, worker }) => {
  const started = performance.now();
  const response = await worker.login(`user${randomInt(users)}`, PASSWORD);
  assert.equal(response.status, 200);
  await response.json();
  return performance.now() - started;
};
for (let round = -WARM_UP; round < SAMPLES; round += 1) {
  for (const one of workers) {
    const taken = await login(one);
    if (round >= 0) one.taken.push(taken);
  }
}
const latency_ms = Object.fromEntries(workers.map(({ users, taken }) => [users, rounded(median(taken))]));
console.table(latency_ms);

const largest = workers.at(-1);
for (const { worker } of workers.slice(0, -1)) await worker.stop();
const logins_a_second = {};
for (const clients of AT_ONCE) {
  const until = performance.now() + 1000 * SECONDS;
  let done = 0;
  await Promise.all(Array.from({ length: clients }, async () => {
    while (performance.now() < until) {
      await login(largest);
      done += 1;
    }
  }));
  logins_a_second[clients] = rounded((1000 * done) / (performance.now() - until + 1000 * SECONDS));
}
console.table(logins_a_second);
await largest.worker.stop();

const result = { ...conditions(), samples: SAMPLES, latency_ms, logins_a_second };
const place = join(root, 'bench/results');
writeFileSync(join(place, 'growth.json'), `${JSON.stringify(result, null, 2)}\n`);
const bars = (values, what) => Object.entries(values).map(([number, value]) => [`${Number(number).toLocaleString('en')} ${what}`, value]);
writeFileSync(join(place, 'growth-users.svg'), barChart('Milliseconds a login, by users in D1', bars(latency_ms, 'users')));
writeFileSync(join(place, 'growth-clients.svg'), barChart('Logins a second, by clients at once', bars(logins_a_second, 'at once')));

function rounded(number) {
  return Number(number.toFixed(2));
}
