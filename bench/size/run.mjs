// Measures how large the upload is, whose code it is, and what starting takes: see bench/README.md.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { NAMED } from '../../scripts/build.mjs';
import { root } from '../../tooling/run.mjs';
import { startWorker } from '../../tooling/worker.mjs';
import { median, rounded } from '../support/numbers.mjs';
import { cpuTime, workerds } from '../support/processes.mjs';
import { write } from '../support/results.mjs';
import { functions } from './functions.mjs';

const STARTS = 31;
/** Crates with less code are counted together. */
const SHOWN_BYTES = 3000;

const upload_gzip_bytes = Object.fromEntries(['index.js', 'index_bg.wasm'].map((name) => [name, gzipSync(readFileSync(join(root, 'build', name)), { level: 9 }).length]));
upload_gzip_bytes.all = Object.values(upload_gzip_bytes).reduce((sum, bytes) => sum + bytes);
console.table(upload_gzip_bytes);

const crates = new Map();
for (const [name, bytes] of functions(NAMED)) {
  // `<a::B as c::D>::e` is of crate a, `e` of none.
  const crate = name.match(/^[<&(]*(?:mut |dyn )*([a-z_0-9]+)::/)?.[1] ?? 'other';
  crates.set(crate, (crates.get(crate) ?? 0) + bytes);
}
const sorted = [...crates].sort(([, a], [, b]) => b - a);
const small = sorted.filter(([, bytes]) => bytes < SHOWN_BYTES);
const code_bytes = Object.fromEntries([...sorted.filter(([, bytes]) => bytes >= SHOWN_BYTES), [`${small.length} more`, small.reduce((sum, [, bytes]) => sum + bytes, 0)]]);
console.table(code_bytes);

const spent = { empty: [], whole: [] };
for (let start = 0; start < STARTS; start += 1) {
  spent.empty.push(await startUp({ entry: 'bench/size/empty.mjs' }));
  spent.whole.push(await startUp({}));
}
const start_cpu_ms = rounded(median(spent.whole) - median(spent.empty), 2);
console.log(`starting, up to the first answer: ${start_cpu_ms} ms of CPU more than a Worker that does nothing`);
write('size', { upload_gzip_bytes, code_bytes, start_cpu_ms });

/** CPU of workerd until it has answered a first request, for which the configuration is read. There are no tables. */
async function startUp(options) {
  const worker = await startWorker({ vars: { USER_STORE: 'kv' }, ...options });
  const { status } = await worker.fetch('/api/user/login', { method: 'POST', body: new URLSearchParams({ username: 'alice' }) });
  assert.equal(status, 422);
  const milliseconds = cpuTime(workerds()[0]) / 1e6;
  await worker.stop();
  return milliseconds;
}
