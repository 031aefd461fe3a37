// What answers without a hash cost, against a Worker of Hono and jose: see bench/README.md.
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { join } from 'node:path';
import { packages } from '../../tooling/packages.mjs';
import { root } from '../../tooling/run.mjs';
import { putUser } from '../../tooling/users.mjs';
import { bundled, start } from '../support/direct.mjs';
import { connections, load, request } from '../support/load.mjs';
import { median, rounded as roundedTo } from '../support/numbers.mjs';
import { cpuTime } from '../support/processes.mjs';
import { draw, write } from '../support/results.mjs';

const CONNECTIONS = 32;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 31);
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 640);
const WARM_UP = 4;
const PATHS = {
  'no password: 422': { status: 422, bytes: request('POST', '/api/user/login', { username: 'alice' }) },
  'no such path: 404': { status: 404, bytes: request('GET', '/nowhere') },
  health: { status: 200, bytes: request('GET', '/health') },
};

packages(join(root, 'bench/peers'), ['--ignore-scripts']);
const workers = {
  'edge-login': await start({ gate: 0 }),
  hono: await start({ other: await bundled('bench/hashless/hono.mjs') }),
};
await same();

const measured = {};
for (const worker of Object.values(workers)) worker.sockets = await connections(worker.port, CONNECTIONS);
for (const [name, { bytes, status }] of Object.entries(PATHS)) {
  const samples = Object.fromEntries(Object.keys(workers).map((worker) => [worker, { cpu: [], rate: [], busy: [], sender: [] }]));
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    // Both take turns, also in who is first.
    const names = Object.keys(workers);
    for (const worker of round % 2 ? names : names.reverse()) {
      const { pid, sockets } = workers[worker];
      const [cpu, sender, clock] = [cpuTime(pid), process.cpuUsage(), performance.now()];
      await load(sockets, bytes, REQUESTS, status);
      const milliseconds = performance.now() - clock;
      const spent = (cpuTime(pid) - cpu) / 1e6;
      if (round < 0) continue;
      const { user, system } = process.cpuUsage(sender);
      samples[worker].cpu.push((1000 * spent) / REQUESTS);
      samples[worker].rate.push((1000 * REQUESTS) / milliseconds);
      samples[worker].busy.push(spent / milliseconds);
      samples[worker].sender.push((user + system) / 1000 / milliseconds);
    }
  }
  measured[name] = Object.fromEntries(Object.entries(samples).map(([worker, { cpu, rate, busy, sender }]) => [worker, {
    cpu_us: rounded(median(cpu)),
    requests_per_second: Math.round(median(rate)),
    cores_busy: rounded(median(busy)),
    sender_cores_busy: rounded(median(sender)),
  }]));
}
for (const { sockets, stop } of Object.values(workers)) {
  for (const socket of sockets) socket.destroy();
  await stop();
}

const rows = Object.entries(measured).map(([path, { 'edge-login': ours, hono }]) => ({
  path,
  'edge-login µs': ours.cpu_us,
  'hono µs': hono.cpu_us,
  'cpu: hono / edge-login': rounded(hono.cpu_us / ours.cpu_us),
  'edge-login /s': ours.requests_per_second,
  'hono /s': hono.requests_per_second,
  'rate: edge-login / hono': rounded(ours.requests_per_second / hono.requests_per_second),
}));
console.table(rows);
const bars = Object.entries(measured).flatMap(([name, workers]) => Object.entries(workers).map(([worker, { cpu_us }]) => [`${name}, ${worker}`, cpu_us]));

/** Checks that both do the same: their answers are equal, and the other one can log a user in. */
async function same() {
  const ask = async ({ port }, path, form) => {
    const init = form && { method: 'POST', body: new URLSearchParams(form) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const headers = ['content-type', 'cache-control', 'pragma'].map((name) => response.headers.get(name));
    return { status: response.status, headers, body: await response.text() };
  };
  const [ours, other] = Object.values(workers);
  for (const [path, form] of [['/api/user/login', { username: 'alice' }], ['/nowhere'], ['/health']]) {
    assert.deepEqual(await ask(other, path, form), await ask(ours, path, form));
  }
  const salt = Buffer.from('sixteen letters.');
  const hash = pbkdf2Sync('a password', salt, 1000, 32, 'sha256').toString('base64');
  await putUser(other, { username: 'alice', password_hash: `pbkdf2-sha256$1000$${salt.toString('base64')}$${hash}` });
  assert.equal((await ask(other, '/api/user/login', { username: 'alice', password: 'a password' })).status, 200);
  assert.equal((await ask(other, '/api/user/login', { username: 'alice', password: 'another' })).status, 401);
}

function rounded(number) {
  return roundedTo(number, number < 10 ? 3 : 1);
}
