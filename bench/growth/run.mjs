// Whether a login gets slower with more users, or with more logins at once: see bench/README.md.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { argon2id } from '../../tooling/hashes.mjs';
import { fillD1 } from '../../tooling/users.mjs';
import { startWorker } from '../../tooling/worker.mjs';
import { median, rounded } from '../support/numbers.mjs';
import { draw, write } from '../support/results.mjs';

const USERS = [1_000, 100_000, 1_000_000];
const SAMPLES = 101;
const WARM_UP = 20;
const AT_ONCE = [1, 2, 4, 8, 16, 32, 64];
const SECONDS = 5;
const PASSWORD = 'correct horse battery staple';
const PASSWORD_HASH = argon2id(PASSWORD);

const workers = [];
for (const users of USERS) {
  const worker = await startWorker();
  worker.secrets.add(PASSWORD_HASH);
  await fillD1(worker, users, PASSWORD_HASH);
  const db = await worker.mf.getD1Database('DB');
  const { count } = await db.prepare('SELECT COUNT(*) AS count FROM users').first();
  assert.equal(count, users);
  workers.push({ users, worker, taken: [] });
}
const login = async ({ users, worker }) => {
  const started = performance.now();
  const response = await worker.login(`user${randomInt(users)}@example.com`, PASSWORD);
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
const latency_ms = Object.fromEntries(workers.map(({ users, taken }) => [users, rounded(median(taken), 2)]));
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
  logins_a_second[clients] = rounded((1000 * done) / (performance.now() - until + 1000 * SECONDS), 2);
}
console.table(logins_a_second);
await largest.worker.stop();

write('growth', { samples: SAMPLES, latency_ms, logins_a_second });
const bars = (values, what) => Object.entries(values).map(([number, value]) => [`${Number(number).toLocaleString('en')} ${what}`, value]);
draw('growth-users', 'Milliseconds a login, by users in D1', bars(latency_ms, 'users'));
draw('growth-clients', 'Logins a second, by clients at once', bars(logins_a_second, 'at once'));
