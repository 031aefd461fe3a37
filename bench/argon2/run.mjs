// How quick Argon2id is at the parameters of a login, against other implementations: see bench/README.md.
import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { join } from 'node:path';
import { argon2Worker, compiledModule } from '../../tooling/argon2.mjs';
import { reorder } from '../../tooling/kernel.mjs';
import { packages } from '../../tooling/packages.mjs';
import { fail, output, root, say } from '../../tooling/run.mjs';
import { median, rounded } from '../support/numbers.mjs';
import { cpuTime, workerds } from '../support/processes.mjs';
import { draw, machine, write } from '../support/results.mjs';

const short = process.argv.includes('--short');
const SAMPLES = short ? 3 : 31;
const FRESH = short ? 1 : 31;
/** Argon2id, version 1.3, 19 MiB, two passes, one lane, a tag of 32 bytes. */
const LOGIN = [2, 0x13, 19_456, 2, 1, 32];
const INPUT = Buffer.concat([Buffer.alloc(64, 'p'), Buffer.alloc(64, 's')]).toString('hex');
const REQUEST = 'a request alone, in workerd';
const WARM_UP = 5;

packages(join(root, 'bench/argon2'), ['--ignore-scripts']);
const { others } = await import('./others.mjs');
const compiled = compiledModule();
const bytes = reorder(compiled);
const worker = await argon2Worker(bytes);
const instance = async (module) => {
  const { instance: { exports } } = await WebAssembly.instantiate(module);
  return (name, parameters) => {
    new Uint8Array(exports.memory.buffer).set(Buffer.from(INPUT, 'hex'), exports.buffer());
    exports[name](...parameters);
    return Buffer.from(exports.memory.buffer, exports.buffer(), 32);
  };
};
const [inNode, asCompiled] = [await instance(bytes), await instance(compiled)];
const inWorkerd = (name, parameters) => worker.hash(name, parameters, 32, INPUT);

// libsodium takes a salt of 16 bytes, the module one of 64.
const openssl = argon2Sync('argon2id', { message: Buffer.alloc(64, 'p'), nonce: Buffer.alloc(64, 's'), parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 });
const tags = new Set([openssl.toString('hex'), inNode('kernel', LOGIN).toString('hex'), asCompiled('kernel', LOGIN).toString('hex'), await inWorkerd('kernel', LOGIN), await inWorkerd('plain', LOGIN), await inWorkerd('reused', LOGIN)]);
assert.equal(tags.size, 1, 'the kernel, the crate and OpenSSL differ');
const theirs = await Promise.all(Object.values(others).map(async (hash) => (await hash()).toString('hex')));
assert.equal(new Set(theirs).size, 1, 'the implementations differ');

const [workerd] = workerds();
const cpu = { Node: () => process.cpuUsage(), workerd: () => cpuTime(workerd) };
const since = { Node: (before) => process.cpuUsage(before).user / 1e3 + process.cpuUsage(before).system / 1e3, workerd: (before) => (cpuTime(workerd) - before) / 1e6 };
const measured = {
  [REQUEST]: () => inWorkerd('buffer', []),
  'kernel, in workerd': () => inWorkerd('kernel', LOGIN),
  'argon2, in workerd': () => inWorkerd('plain', LOGIN),
  'argon2 with its memory kept, in workerd': () => inWorkerd('reused', LOGIN),
  'bcrypt 12, in workerd': () => inWorkerd('bcrypt', [12]),
  'kernel, in Node': () => inNode('kernel', LOGIN),
  'kernel as compiled, in Node': () => asCompiled('kernel', LOGIN),
  ...Object.fromEntries(Object.entries(others).map(([name, hash]) => [`${name}, in Node`, hash])),
};
const samples = Object.fromEntries(Object.keys(measured).map((name) => [name, []]));
for (let round = -WARM_UP; round < SAMPLES; round += 1) {
  for (const [name, hash] of Object.entries(measured)) {
    const where = name.endsWith('workerd') ? 'workerd' : 'Node';
    const before = cpu[where]();
    await hash();
    const spent = since[where](before);
    if (round >= 0) samples[name].push(spent);
  }
}
await worker.stop();
const { [REQUEST]: request, ...medians } = Object.fromEntries(Object.entries(samples).map(([name, spent]) => [name, median(spent)]));
const milliseconds = Object.fromEntries(Object.entries(medians).map(([name, spent]) => [name, name.endsWith('workerd') ? spent - request : spent]));
milliseconds['bcrypt 12, native'] = native();

say('measuring the first hash of fresh isolates');
const waits = { first: [], warm: [], fresh: [] };
for (let n = 0; n < FRESH; n += 1) {
  const fresh = await argon2Worker(bytes);
  const waited = async (name, parameters, inNewInstance) => {
    const started = performance.now();
    await fresh.hash(name, parameters, 32, INPUT, inNewInstance);
    return performance.now() - started;
  };
  // The isolate has started, and the connection is open.
  for (let more = 0; more < 3; more += 1) await waited('buffer', []);
  const alone = await waited('buffer', []);
  waits.first.push(await waited('kernel', LOGIN) - alone);
  for (let more = 0; more < 8; more += 1) await waited('kernel', LOGIN);
  waits.warm.push(await waited('kernel', LOGIN) - alone);
  waits.fresh.push(await waited('kernel', LOGIN, true) - alone);
  await fresh.stop();
}
milliseconds['kernel, in workerd, first of an isolate'] = median(waits.first);
milliseconds['kernel, in workerd, compiled, in memory not touched before'] = median(waits.fresh);

const kernel = milliseconds['kernel, in workerd'];
const ratio = (name, to, most) => ({ name, is: rounded(to, 3), target: most });
const ratios = [
  ratio('kernel in workerd / OpenSSL in Node', kernel / milliseconds['openssl, in Node'], 0.92),
  ratio('kernel / OpenSSL, in Node', milliseconds['kernel, in Node'] / milliseconds['openssl, in Node'], 0.86),
  ratio('kernel / kernel as compiled, in Node', milliseconds['kernel, in Node'] / milliseconds['kernel as compiled, in Node'], 0.8),
  ratio('kernel / argon2, in workerd', kernel / milliseconds['argon2, in workerd'], 0.78),
  ratio('kernel / hash-wasm, in Node', milliseconds['kernel, in Node'] / milliseconds['hash-wasm, in Node'], 0.42),
  ratio('kernel / @noble/hashes, in Node', milliseconds['kernel, in Node'] / milliseconds['@noble/hashes, in Node'], 0.12),
  ratio('kernel / libsodium, in Node', milliseconds['kernel, in Node'] / milliseconds['libsodium, in Node'], 0.9),
  ratio('first / warm, in workerd', median(waits.first) / median(waits.warm), 1.4),
  ratio('bcrypt 12 in workerd / native', milliseconds['bcrypt 12, in workerd'] / milliseconds['bcrypt 12, native'], 1.15),
];
const shown = Object.fromEntries(Object.entries(milliseconds).map(([name, taken]) => [name, rounded(taken, 3)]));
say(`measured on ${machine()}`);
console.table(shown);
console.table(ratios);
if (!short) {
  write('argon2', { node: process.version, samples: SAMPLES, milliseconds: shown, ratios });
  const bars = Object.entries(shown).filter(([name]) => !name.startsWith('bcrypt')).sort(([, a], [, b]) => a - b);
  draw('argon2', 'Argon2id, 19 MiB, two passes: milliseconds a hash', bars);
}

/** The crate `bcrypt` natively, in milliseconds. */
function native() {
  const args = ['run', '--quiet', '--release', '--package', 'argon2-kernel-wasm', '--example', 'bcrypt', '--', `${SAMPLES}`];
  const printed = output('cargo', args, { stdio: ['ignore', 'pipe', 'inherit'] }) ?? fail('bcrypt could not be measured natively: see above');
  return median(printed.split('\n').map(Number));
}
