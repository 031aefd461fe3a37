// Measures a login with edge-login and with what people would use instead: see bench/README.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { argon2id } from '../../tooling/hashes.mjs';
import { packages } from '../../tooling/packages.mjs';
import { freePort } from '../../tooling/port.mjs';
import { python } from '../../tooling/python.mjs';
import { fail, output, root } from '../../tooling/run.mjs';
import { putUser } from '../../tooling/users.mjs';
import { bundled, start } from '../support/direct.mjs';
import { median, rounded } from '../support/numbers.mjs';
import { cpuTime, resident } from '../support/processes.mjs';
import { draw, write } from '../support/results.mjs';

const SAMPLES = Number(process.env.BENCH_SAMPLES ?? 31);
const BURSTS = Number(process.env.BENCH_BURSTS ?? 9);
const TOGETHER = 8;
const WARM_UP = 3;
const USERS = 16;
const PASSWORD = 'correct horse battery staple';
const email = (number) => `user${number % USERS}@example.com`;

packages(join(root, 'bench/peers'), ['--ignore-scripts']);
const interpreter = python('bench/peers/requirements.txt', 'bench-peers') ?? fail('Python 3 with venv and pip is missing: see above');
const bcrypt = output(interpreter, ['-c', `import bcrypt; print(bcrypt.hashpw(b"${PASSWORD}", bcrypt.gensalt(12)).decode())`]);
const argon2 = argon2id(PASSWORD);

const servers = {};
try {
  servers['edge-login, argon2id'] = await edge(argon2, 'd1');
  servers['edge-login, bcrypt 12'] = await edge(bcrypt, 'kv');
  servers['FastAPI, argon2id'] = await fastapi('argon2', argon2);
  servers['FastAPI, bcrypt 12'] = await fastapi('bcrypt', bcrypt);
  servers['Better Auth, scrypt'] = await betterAuth();
  const result = await measure();
  console.table(result);
  const versions = { ...npmVersions(), ...pythonVersions() };
  write('peers', { samples: SAMPLES, together: TOGETHER, bursts: BURSTS, versions, servers: result });
  const bars = Object.entries(result).map(([name, { cpu_ms }]) => [name, cpu_ms]);
  draw('peers', 'Milliseconds of CPU a login', bars);
} finally {
  for (const { stop } of Object.values(servers)) await stop();
}

async function measure() {
  const taken = Object.fromEntries(Object.keys(servers).map((name) => [name, { cpu: [], alone: [], together: [], burst: [] }]));
  for (let round = -WARM_UP; round < SAMPLES; round += 1) {
    for (const [name, server] of Object.entries(servers)) {
      const before = cpuTime(server.pid);
      const milliseconds = await login(server, round + WARM_UP);
      // The answer arrives before all threads have finished.
      await wait(5);
      const spent = (cpuTime(server.pid) - before) / 1e6;
      if (round < 0) continue;
      taken[name].cpu.push(spent);
      taken[name].alone.push(milliseconds);
    }
  }
  for (let burst = 0; burst < BURSTS; burst += 1) {
    for (const [name, server] of Object.entries(servers)) {
      const before = cpuTime(server.pid);
      const all = Array.from({ length: TOGETHER }, (_, number) => login(server, number));
      taken[name].together.push(...await Promise.all(all));
      await wait(5);
      taken[name].burst.push((cpuTime(server.pid) - before) / 1e6 / TOGETHER);
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, { cpu, alone, together, burst }]) => [name, {
    cpu_ms: rounded(median(cpu), 1),
    cpu_together_ms: rounded(median(burst), 1),
    alone_p50_ms: rounded(median(alone), 1),
    alone_p95_ms: rounded(percentile(alone, 0.95), 1),
    together_p50_ms: rounded(median(together), 1),
    together_p95_ms: rounded(percentile(together, 0.95), 1),
    memory_mib: rounded(resident(servers[name].pid) / 2 ** 20, 1),
  }]));
}

/** Logs a user in; gives the milliseconds it took. */
async function login({ port, body }, number) {
  const started = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}${body ? '/api/auth/sign-in/email' : '/api/user/login'}`, {
    method: 'POST',
    ...(body ? body(number) : { body: new URLSearchParams({ username: email(number), password: PASSWORD }) }),
  });
  const answer = await response.json();
  const milliseconds = performance.now() - started;
  assert.equal(response.status, 200, JSON.stringify(answer));
  assert.ok(answer.access_token ?? answer.token);
  return milliseconds;
}

/** In KV, with upgrades switched off, a bcrypt hash stays one. */
async function edge(hash, store) {
  const server = await start({ gate: 0, vars: { USER_STORE: store, KV_UPGRADES_PER_DAY: '0', CLIENT_IP_HEADER: 'CF-Connecting-IP' } });
  for (let number = 0; number < USERS; number += 1) await putUser(server, { username: email(number), password_hash: hash });
  return server;
}

async function fastapi(hasher, stored) {
  const port = await freePort();
  const args = ['-m', 'uvicorn', 'fastapi_login:app', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', '--log-level', 'warning'];
  const env = { ...process.env, HASHER: hasher, STORED: stored, USERS: String(USERS), SECRET_KEY: randomBytes(32).toString('hex'), PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(interpreter, args, { cwd: join(root, 'bench/peers'), env, stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = () => child.kill() && gone;
  for (let tries = 0; tries < 200; tries += 1) {
    const up = await fetch(`http://127.0.0.1:${port}/docs`).then(({ ok }) => ok, () => false);
    if (up) return { pid: child.pid, port, stop };
    await wait(100);
  }
  await stop();
  throw new Error('FastAPI does not answer');
}

async function betterAuth() {
  const server = await start({ other: await bundled('bench/peers/better-auth.mjs'), compatibilityFlags: ['nodejs_compat'], tables: false });
  const post = (more) => ({
    headers: { 'content-type': 'application/json', origin: 'http://localhost' },
    body: JSON.stringify({ password: PASSWORD, ...more }),
  });
  const migrated = await fetch(`http://127.0.0.1:${server.port}/migrate`);
  assert.equal(migrated.status, 200, await migrated.text());
  for (let number = 0; number < USERS; number += 1) {
    const init = { method: 'POST', ...post({ email: email(number), name: 'A user' }) };
    const made = await fetch(`http://127.0.0.1:${server.port}/api/auth/sign-up/email`, init);
    assert.equal(made.status, 200, await made.text());
  }
  return { ...server, body: (number) => post({ email: email(number) }) };
}

function npmVersions() {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'bench/peers/package.json'), 'utf8'));
  return { 'better-auth': dependencies['better-auth'] };
}

function pythonVersions() {
  const lines = readFileSync(join(root, 'bench/peers/requirements.txt'), 'utf8').trim().split('\n');
  const python = output(interpreter, ['--version']).split(' ')[1];
  return { python, ...Object.fromEntries(lines.map((line) => line.split('=='))) };
}

function percentile(numbers, share) {
  return [...numbers].sort((a, b) => a - b)[Math.ceil(share * numbers.length) - 1];
}
