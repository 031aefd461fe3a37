// What the service API costs: creating many users at once, and one change of one user: see bench/README.md.
import { argon2id } from '../../tooling/hashes.mjs';
import { startWorker } from '../../tooling/worker.mjs';
import { start } from '../support/direct.mjs';
import { connections, load, request } from '../support/load.mjs';
import { median, rounded } from '../support/numbers.mjs';
import { cpuTime } from '../support/processes.mjs';
import { write } from '../support/results.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 31);
const WARM_UP = 3;
/** Users of one request: about half a mebibyte. */
const MANY = 2000;
const CONNECTIONS = 16;
/** Changes of a round. */
const CHANGES = 10 * CONNECTIONS;
const STORES = ['d1', 'kv'];
const KEY = '7d1f0c55a94e4b0f8b3a62d0e9c41ab7';
const authorization = { authorization: `Bearer ${KEY}` };
const SERVICE_KEYS = `bench:${KEY}`;
const password_hash = argon2id('a password of no one');
const many = (number) => Array.from({ length: MANY }, (_, user) => JSON.stringify({ username: `user${number}-${user}`, password_hash })).join('\n');

const [created, cpu, counted] = [await creations(), await changes(), await rows()];
const [d1, kv] = STORES.map((store) => ({ ...cpu[store], rows: counted[store] }));
write('users', { rounds: ROUNDS, ...created, d1, kv });

/** Users that one core creates in a second, in requests of MANY. */
async function creations() {
  const worker = await start({ vars: { SERVICE_KEYS } });
  const [times, waits] = [[], []];
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const [body, before, sent] = [many(round + WARM_UP), cpuTime(worker.pid), performance.now()];
    const answer = await fetch(`http://127.0.0.1:${worker.port}/api/users`, { method: 'POST', headers: authorization, body });
    const created = (await answer.text()).split('\n').filter((line) => JSON.parse(line || '{}').status === 'created').length;
    if (created !== MANY) throw new Error(`${created} of ${MANY} users were created`);
    if (round < 0) continue;
    times.push((cpuTime(worker.pid) - before) / 1e9);
    waits.push((performance.now() - sent) / 1000);
  }
  await worker.stop();
  const result = { created_per_cpu_second: Math.round(MANY / median(times)), created_per_second: Math.round(MANY / median(waits)) };
  console.table(result);
  return result;
}

/** Milliseconds of CPU of a change that needs no hash, with guards in one region and in six, and of a look-up in the store. */
async function changes() {
  const kinds = {};
  for (const USER_STORE of STORES) {
    for (const [measured, GUARD_REGIONS] of [['one_region_cpu_ms', 'weur'], ['cpu_ms', null]]) {
      const worker = await start({ vars: { USER_STORE, GUARD_REGIONS, SERVICE_KEYS } });
      const sockets = await connections(worker.port, CONNECTIONS);
      for (let user = 0; user < CONNECTIONS; user += 1) {
        await fetch(`http://127.0.0.1:${worker.port}/api/users/user${user}`, { method: 'PUT', headers: authorization, body: JSON.stringify({ password_hash }) });
      }
      // Each connection changes a user of its own, each time in another way.
      let sent = 0;
      const next = (_answer, connection) => patch(`/api/users/user${connection}`, JSON.stringify({ claims: { sent: (sent += 1) } }));
      kinds[`${USER_STORE} ${measured}`] = { worker, sockets, bytes: next };
      if (GUARD_REGIONS) kinds[`${USER_STORE} look_up_cpu_ms`] = { worker, sockets, bytes: request('GET', '/health') };
    }
  }
  const samples = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [kind, { worker: { pid }, sockets, bytes }] of Object.entries(kinds)) {
      const before = cpuTime(pid);
      await load(sockets, bytes, CHANGES, 200);
      if (round >= 0) samples[kind].push((cpuTime(pid) - before) / 1e6 / CHANGES);
    }
  }
  for (const { sockets } of Object.values(kinds)) for (const socket of sockets) socket.destroy();
  for (const worker of new Set(Object.values(kinds).map((kind) => kind.worker))) await worker.stop();
  const cpu = Object.fromEntries(STORES.map((store) => [store, {}]));
  console.table(Object.entries(samples).map(([kind, times]) => {
    const [middle, quickest, slowest] = [median(times), Math.min(...times), Math.max(...times)].map((ms) => rounded(ms, 3));
    const [store, measured] = kind.split(' ');
    cpu[store][measured] = middle;
    return { kind, 'median ms': middle, quickest, slowest };
  }));
  return cpu;
}

/** The bytes of a change. */
function patch(path, body) {
  return Buffer.concat([request('PATCH', path, undefined, { ...authorization, 'content-length': body.length }), Buffer.from(body)]);
}

/** Rows that a change reads and writes in the objects of six regions, until nothing is left of it. Setting an alarm is not in it. */
async function rows() {
  const counted = {};
  for (const USER_STORE of STORES) {
    const worker = await startWorker({ entry: 'tooling/counted.mjs', vars: { USER_STORE, SERVICE_KEYS, GUARD_SHARDS: '1' } });
    const guards = ['afr', 'apac', 'enam', 'oc', 'sam', 'weur'].map((region) => `/guard/alarm?name=${region}-0`);
    const home = USER_STORE === 'kv' ? ['/home/alarm?name=home-0'] : [];
    await worker.addUser({ username: 'alice', password_hash });
    const send = async (path, init) => {
      const answer = await worker.fetch(path, init);
      if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
      return answer.text();
    };
    const change = (disabled) => send('/api/users/alice', { method: 'PATCH', headers: authorization, body: JSON.stringify({ disabled }) });
    // The home writes the record, and forgets the user after an hour. The guards forget the change when no token is older.
    const settle = async () => {
      for (const path of [...home, '/later?minutes=90', ...home, '/later?minutes=525600', ...guards]) await send(path);
    };
    // What an object does when it is first used is not counted.
    await change(true);
    await settle();
    await send('/rows');
    await change(false);
    await settle();
    counted[USER_STORE] = JSON.parse(await send('/rows'));
    await worker.stop();
  }
  console.table(counted);
  return counted;
}
