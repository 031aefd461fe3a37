// Measures what a login costs, for each kind of hash: see bench/README.md.
import assert from 'node:assert/strict';
import { argon2id, hashOf } from '../../tooling/hashes.mjs';
import { putUser } from '../../tooling/users.mjs';
import { startWorker } from '../../tooling/worker.mjs';
import { start as startDirect } from '../support/direct.mjs';
import { connections, load, request } from '../support/load.mjs';
import { median, rounded as roundedTo } from '../support/numbers.mjs';
import { cpuTime } from '../support/processes.mjs';
import { write } from '../support/results.mjs';
import { work } from './work.mjs';

/** For each function, the parameters that libraries use, and others that show that time is proportional to the work. */
const COSTS = [
  'argon2id', 'argon2id-m65536-t3-p4',
  'bcrypt-12', 'bcrypt-10',
  'pbkdf2-sha1-131000', 'pbkdf2-sha1-400000',
  'pbkdf2-sha256-600000', 'pbkdf2-sha256-29000',
  'pbkdf2-sha512-210000', 'pbkdf2-sha512-25000',
  'scrypt-ln15-r8-p1', 'scrypt-ln14-r8-p5',
  'sha256-crypt-535000', 'sha256-crypt-100000',
  'sha512-crypt-656000', 'sha512-crypt-100000',
];
/** This hash takes microseconds, so that only the rest of a login is measured. */
const FREE = 'pbkdf2-sha256-1';
const SAMPLES = 31;
const WARM_UP = 3;
const WRONG = 'sixteen letters.';
/** Name and password of a user whose hash is Argon2id. */
const RIGHT = 'the right password';
/** With these, the many attempts are not throttled. */
const vars = { ACCOUNT_FREE_FAILURES: '10000', NETWORK_FREE_FAILURES: '100' };

write('formats', { ...await cpu(), memory_bytes: await memory(), rows: await rows() });

/** CPU milliseconds of workerd for logins with a wrong password, after which no hash is replaced, and with the right one. */
async function cpu() {
  const worker = await startDirect({ vars });
  const sockets = await connections(worker.port, 1);
  const samples = new Map();
  const sent = new Map();
  const add = async (name, password_hash, password, status) => {
    samples.set(name, []);
    sent.set(name, { status, bytes: request('POST', '/api/user/login', { username: name, password }) });
    await putUser(worker, { username: name, password_hash });
  };
  for (const cost of [FREE, ...COSTS]) await add(cost, hashOf(cost), WRONG, 401);
  await add(RIGHT, argon2id(RIGHT), RIGHT, 200);
  for (let round = -WARM_UP; round < SAMPLES; round += 1) {
    for (const [name, { bytes, status }] of sent) {
      const before = cpuTime(worker.pid);
      await load(sockets, bytes, 1, status);
      const spent = (cpuTime(worker.pid) - before) / 1e6;
      if (round >= 0) samples.get(name).push(spent);
    }
  }
  for (const socket of sockets) socket.destroy();
  await worker.stop();
  const rest = median(samples.get(FREE));
  const rounded = (milliseconds) => roundedTo(milliseconds, 3);
  const costs = Object.fromEntries(COSTS.map((cost) => [cost, rounded(median(samples.get(cost)) - rest)]));
  console.table(COSTS.map((cost) => {
    const [quickest, slowest] = [Math.min, Math.max].map((extreme) => rounded(extreme(...samples.get(cost)) - rest));
    return { cost, 'median ms': costs[cost], quickest, slowest, 'ns a unit of work': rounded((1e6 * costs[cost]) / work(cost)) };
  }));
  const right = median(samples.get(RIGHT));
  console.log(`the rest of a login: ${rounded(rest)} ms; with the right password and Argon2id: ${rounded(right)} ms, ${rounded(right / costs.argon2id)} times its hash`);
  return { samples: SAMPLES, login_cpu_ms: rounded(rest), right_login_cpu_ms: rounded(right), hash_cpu_ms: costs };
}

/** Bytes of WebAssembly memory after one login in a fresh instance. */
async function memory() {
  const sizes = {};
  for (const cost of [FREE, ...COSTS]) {
    const worker = await startWorker({ vars, entry: 'tooling/measured.mjs' });
    await worker.addUser({ username: 'alice', password_hash: hashOf(cost) });
    assert.equal((await worker.login('alice', WRONG)).status, 401);
    sizes[cost] = await (await worker.fetch('/memory')).json();
    await worker.stop();
  }
  const { [FREE]: login, ...used } = sizes;
  return { login, hash: Object.fromEntries(COSTS.map((cost) => [cost, used[cost] - login])) };
}

/** Rows of SQLite in Durable Objects, as they are billed. */
async function rows() {
  const entry = 'tooling/counted.mjs';
  const start = (more) => startWorker({ entry, vars: { ...vars, GUARD_SHARDS: '1', GUARD_REGIONS: 'weur', ...more } });
  const password = 'a password of no one';
  const user = { username: 'alice', password_hash: argon2id(password) };
  const counted = async (worker) => (await worker.fetch('/rows')).json();
  const login = async (worker) => {
    assert.equal((await worker.login('alice', password, { headers: { 'x-client': '10.0.0.1' } })).status, 200);
  };

  const worker = await start();
  await worker.addUser({ username: 'bob', password_hash: hashOf(FREE) });
  // With 98 networks the table has a hundred rows: one for each, one more for bob, and one for alice.
  for (let networks = 0; networks < 98; networks += 1) await worker.login('bob', WRONG);
  await worker.addUser(user);
  await counted(worker);
  await login(worker);
  const first_login = await counted(worker);
  await login(worker);
  const known_network = await counted(worker);
  await worker.fetch('/later?minutes=525600');
  await worker.fetch('/guard/alarm?name=weur-0');
  const alarm = await counted(worker);
  await worker.stop();

  const slow = await start({ USER_STORE: 'kv' });
  await slow.addUser(user);
  await login(slow);
  await slow.addUser({ ...user, password_hash: argon2id(password, { memory: 8192 }) });
  await counted(slow);
  await login(slow);
  await slow.upgraded(1);
  const queued = await counted(slow);
  await slow.fetch('/later?minutes=2');
  await slow.fetch('/upgrades/alarm?name=upgrades');
  const written = await counted(slow);
  await slow.stop();
  return {
    first_login,
    known_network,
    swept: { read: alarm.read / 100, written: alarm.written / 100 },
    kv_upgrade: {
      read: queued.read - known_network.read + written.read,
      written: queued.written - known_network.written + written.written,
    },
  };
}
