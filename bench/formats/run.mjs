// What verifying a hash costs in workerd, for each function that hashes. `edge-login plan` reads
// the result: bench/results/formats.json.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argon2id } from '../../tests/support/hash.mjs';
import { root, startWorker } from '../../tests/support/worker.mjs';
import { cpuTime, workerdProcess } from '../support/cpu.mjs';
import { conditions, median } from '../support/machine.mjs';

const ROUNDS = 21;
const MiB = 1024 * 1024;
const base64 = (bytes) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
const crypt = (length) => Array.from(randomBytes(length), (byte) => './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'[byte & 63]).join('');
const pbkdf2 = (digest, bytes) => (iterations) => ({ work: iterations, hash: `$pbkdf2${digest}$${iterations}$${base64(16)}$${base64(bytes)}` });
const shaCrypt = (id, length) => (rounds) => ({ work: rounds, hash: `$${id}$rounds=${rounds}$${crypt(16)}$${crypt(length)}` });

// Passwords are wrong, so any digest will do. What comes first of each function is what its work is
// measured by; the second shows that time goes with the work.
const cases = {
  argon2: [
    { work: 19456 * 2, hash: `$argon2id$v=19$m=19456,t=2,p=1$${base64(16)}$${base64(32)}` },
    { work: 65536 * 3, hash: `$argon2id$v=19$m=65536,t=3,p=4$${base64(16)}$${base64(32)}` },
  ],
  bcrypt: [12, 10].map((cost) => ({ work: 2 ** cost, hash: `$2b$${cost}$${crypt(21)}.${crypt(30)}.` })),
  'pbkdf2-sha1': [131_000, 13_100].map(pbkdf2('', 20)),
  'pbkdf2-sha256': [600_000, 29_000].map(pbkdf2('-sha256', 32)),
  'pbkdf2-sha512': [210_000, 25_000].map(pbkdf2('-sha512', 64)),
  scrypt: [[15, 8, 1], [14, 8, 5], [16, 8, 1]].map(([ln, r, p]) => ({ work: 2 ** ln * r * p, hash: `$scrypt$ln=${ln},r=${r},p=${p}$${base64(16)}$${base64(32)}` })),
  'sha256-crypt': [535_000, 53_500].map(shaCrypt(5, 43)),
  'sha512-crypt': [656_000, 65_600].map(shaCrypt(6, 86)),
};
const NO_WORK = { work: 1, hash: pbkdf2('-sha256', 32)(1).hash, millis: [] };
const all = Object.entries(cases).flatMap(([primitive, list]) => list.map((one) => Object.assign(one, { primitive, millis: [] })));

const worker = await startWorker({ entry: '../../bench/formats/entry.mjs' });
const pid = workerdProcess();
let user = 0;
/** Milliseconds of CPU of a login whose password is wrong. Each has a user of its own. */
async function login({ hash }) {
  const username = `user-${user++}`;
  await worker.addUser({ username, password_hash: hash });
  const before = cpuTime(pid);
  const answer = await worker.login(username, 'a wrong password');
  await answer.text();
  // The dead time after an answer belongs to it.
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (answer.status !== 401 || worker.attempts().at(-1).outcome !== 'bad_password') throw new Error(`${hash} was not verified`);
  return (cpuTime(pid) - before) / 1e6;
}

for (const one of [NO_WORK, ...all]) await login(one);
for (let round = 0; round < ROUNDS; round++) {
  for (const one of [NO_WORK, ...all]) one.millis.push(await login(one));
}
const base = median(NO_WORK.millis);
const memory = (await measured()).memory;

// The rows of a login that succeeds, and that needs no upgrade.
await worker.addUser({ username: 'right', password_hash: argon2id('the right one') });
const before = await measured();
await (await worker.login('right', 'the right one')).text();
const after = await measured();

const primitives = Object.fromEntries(Object.entries(cases).map(([primitive, list]) => {
  const points = list.map(({ work, hash, millis }) => ({ hash: hash.split('$').slice(0, hash.startsWith('$argon2') ? 4 : 3).join('$'), work, cpu_ms: round3(median(millis) - base) }));
  return [primitive, { ns_per_work: round3(points[0].cpu_ms * 1e6 / points[0].work), points }];
}));
const result = {
  ...conditions(),
  logins_each: ROUNDS,
  login_without_hash_cpu_ms: round3(base),
  guard_rows_read: after.read - before.read,
  guard_rows_written: after.written - before.written,
  wasm_memory_mib: round3(memory / MiB),
  primitives,
};
await worker.stop();

writeFileSync(join(root, 'bench/results/formats.json'), `${JSON.stringify(result, null, 2)}\n`);
for (const [primitive, { ns_per_work, points }] of Object.entries(primitives)) {
  console.log(`${primitive.padEnd(14)} ${String(ns_per_work).padStart(10)} ns a unit   ${points.map(({ hash, cpu_ms }) => `${hash}: ${cpu_ms} ms`).join('   ')}`);
}
console.log(`a login without a hash: ${result.login_without_hash_cpu_ms} ms; memory at the end: ${result.wasm_memory_mib} MiB`);
console.log(`rows of the guard: ${result.guard_rows_read} read, ${result.guard_rows_written} written`);

async function measured() {
  return (await worker.fetch('/measured')).json();
}

function round3(number) {
  return Math.round(number * 1000) / 1000;
}
