// What many logins need, by a simulation of the guard's shards and the model of docs/SCALE.md: see bench/README.md.
import { argon2id } from '../../tooling/hashes.mjs';
import { fail, output } from '../../tooling/run.mjs';
import { fillD1 } from '../../tooling/users.mjs';
import { start } from '../support/direct.mjs';
import { connections, load, request } from '../support/load.mjs';
import { median } from '../support/numbers.mjs';
import { cpuTime } from '../support/processes.mjs';
import { draw, read, write } from '../support/results.mjs';

const ROUNDS = 21;
/** How many attempts are measured in a round: so few that all are still refused. */
const SENT = 12;
const USERS = 100_000;
const RATES = [1, 10, 100, 1_000, 10_000, 100_000];
/** Assumed: everyone logs in once a day, as long as a token lives; how high the peak is; the busiest region's share. */
const LOGINS_PER_USER_AND_DAY = 1;
const PEAK = 3;
const BUSIEST_REGION = 0.4;
const SHARDS = 64;
/** Networks that a user logs in from, and how many a shard remembers: three quarters of its rows, with a margin, as slices do not fill quite evenly. */
const NETWORKS_PER_USER = 1.5;
const NETWORKS_PER_SHARD = 1_000_000;
/** How busy a shard may be. Beyond this, waits in the simulation grow steeply. */
const BUSY = 0.5;
const DAY = 86_400;
/** Dollars a GB and month, and GB included: the pages of crates/cli/src/plan/prices.rs. */
const STORAGE = { d1: { dollars: 0.75, included: 5 }, kv: { dollars: 0.5, included: 1 } };

const { hash_cpu_ms: { argon2id: hash } } = read('formats');
const { refused_ms, rejected_ms, bytes_per_user } = await measured();
const verified_ms = rounded(hash + refused_ms);
const { shards, trust } = JSON.parse(cargo(['--package', 'auth', '--example', 'shards'], [verified_ms, refused_ms, ...RATES.map(usersPerShard)]));
console.table(shards.map(({ name, busy_mean, busy_most, wait_ms, users }) => ({ name, busy_mean, busy_most, ...wait_ms, 503: users['503'] })));
const plans = Object.fromEntries(['d1', 'kv'].map((store) => [store, plan(store)]));
const model = RATES.map(step);
console.table(model);
console.table(trust);

const assumed = { LOGINS_PER_USER_AND_DAY, PEAK, BUSIEST_REGION, SHARDS, BUSY, NETWORKS_PER_USER, NETWORKS_PER_SHARD };
write('scale', { refused_ms, rejected_ms, verified_ms, bytes_per_user, shards, assumed, model, trust });
draw('shards', 'Seconds of work that come to the busiest shard in a second', shards.map(({ name, busy_most }) => [name, busy_most]));

/** CPU of an attempt that the guard refuses, less that of one which never reaches it; and the size of a user in D1. */
async function measured() {
  // One failure is free, and the next attempt is refused for a second. Each is at an account of its own: a refusal that the
  // Worker remembers would not reach the guard.
  const worker = await start({ vars: { NETWORK_FREE_FAILURES: '1' } });
  const size = await fillD1(worker, USERS, argon2id('-'));
  const sockets = await connections(worker.port, 1);
  const taken = { refused: [], rejected: [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    const usernames = Array.from({ length: SENT }, (_, number) => `user${SENT * round + number}@example.com`);
    const send = (form, status) => load(sockets, request('POST', '/api/user/login', form, { 'x-client': '10.2.0.1' }), 1, status);
    for (const username of usernames) await send({ username, password: 'wrong' }, 401);
    for (const [name, password, status] of [['refused', { password: 'wrong' }, 429], ['rejected', {}, 422]]) {
      const before = cpuTime(worker.pid);
      for (const username of usernames) await send({ username, ...password }, status);
      taken[name].push((cpuTime(worker.pid) - before) / SENT / 1e6);
    }
  }
  for (const socket of sockets) socket.destroy();
  await worker.stop();
  const [refused, rejected] = [median(taken.refused), median(taken.rejected)];
  return { refused_ms: rounded(refused - rejected), rejected_ms: rounded(rejected), bytes_per_user: Math.round(size / USERS) };
}

/** What `edge-login plan` says of a month with one login a second, with current hashes and from known networks. */
function plan(store) {
  const users = DAY / LOGINS_PER_USER_AND_DAY;
  const password_hash = argon2id('-');
  const table = Array.from({ length: users }, (_, user) => JSON.stringify({ username: `user${user}`, password_hash })).join('\n');
  const given = ['--json', 'plan', '-', '--store', store, '--logins-per-day', DAY];
  return JSON.parse(cargo(['--package', 'edge-login-cli'], given, table)).paid_plan;
}

/** What so many logins a second need on average. All meters are proportional to logins and users. */
function step(rate) {
  const users = (rate * DAY) / LOGINS_PER_USER_AND_DAY;
  const gigabytes = (users * bytes_per_user) / 1e9;
  const dollars = (store) => {
    const { subscription, meters } = plans[store];
    const metered = meters.map(({ later_month, included, dollars_per_million }) => (Math.max(0, later_month * rate - included) / 1e6) * dollars_per_million);
    return Math.round(metered.reduce((sum, price) => sum + price, subscription) + Math.max(0, gigabytes - STORAGE[store].included) * STORAGE[store].dollars);
  };
  const busiest = rate * PEAK * BUSIEST_REGION;
  return {
    rate,
    users,
    peak: rate * PEAK,
    // An upper bound, because it is measured in the local workerd, which also plays D1 and the objects.
    worker_threads: rounded((rate * PEAK * (rejected_ms + refused_ms)) / 1000),
    guard_threads: rounded((rate * PEAK * verified_ms) / 1000),
    busiest_region: rounded(busiest),
    shard_busy: rounded((busiest * verified_ms) / 1000 / SHARDS),
    shards_for_cpu: shardsForCpu(rate),
    shards_for_rows: shardsForRows(rate),
    users_a_shard: usersPerShard(rate),
    requests_a_shard: rounded(busiest / shardsInUse(rate)),
    database_gb: rounded(gigabytes),
    dollars_d1: dollars('d1'),
    dollars_kv: dollars('kv'),
  };
}

/** In the busiest region, with so many logins a second on average. */
function shardsForCpu(rate) {
  return Math.ceil((rate * PEAK * BUSIEST_REGION * verified_ms) / 1000 / BUSY);
}

function shardsForRows(rate) {
  return Math.ceil((usersInRegion(rate) * NETWORKS_PER_USER) / NETWORKS_PER_SHARD);
}

function shardsInUse(rate) {
  return Math.max(SHARDS, shardsForCpu(rate), shardsForRows(rate));
}

function usersPerShard(rate) {
  return Math.round(usersInRegion(rate) / shardsInUse(rate));
}

function usersInRegion(rate) {
  return ((rate * DAY) / LOGINS_PER_USER_AND_DAY) * BUSIEST_REGION;
}

function cargo(what, given, input = '') {
  const args = ['run', '--quiet', '--release', ...what, '--', ...given.map(String)];
  return output('cargo', args, { input, stdio: ['pipe', 'pipe', 'inherit'] }) ?? fail(`${what.at(-1)} could not be run: see above`);
}

function rounded(number) {
  return Number(number.toPrecision(3));
}
