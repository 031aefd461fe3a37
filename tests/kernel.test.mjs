// The Argon2 kernel as V8 runs it: equal to the crate `argon2`, to OpenSSL and to RFC 9106, and in the fast order.
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import binaryen from 'binaryen';
import { MODULE, NAMED } from '../scripts/build.mjs';
import { argon2Worker, compiledModule } from '../tooling/argon2.mjs';
import { argon2 } from '../tooling/hashes.mjs';
import { compressOf, read, reorder } from '../tooling/kernel.mjs';
import { startWorker } from '../tooling/worker.mjs';

const ALGORITHMS = ['d', 'i', 'id'];
/** Of RFC 9106 §5. */
const TAGS = [
  '512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb',
  'c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8',
  '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
];

describe('the Argon2 kernel in workerd', () => {
  let worker;
  before(async () => {
    worker = await argon2Worker();
  });
  after(() => worker.stop());

  it('gives the tags of the RFC', async () => {
    for (const [algorithm, tag] of TAGS.entries()) assert.equal(await worker.hash('vector', [algorithm], 32), tag);
  });

  it('gives what the crate gives, for any parameters', async () => {
    for (let round = 0; round < 150; round += 1) {
      const lanes = randomInt(1, 6);
      const [algorithm, bytes] = [randomInt(3), randomInt(4, 257)];
      const parameters = [algorithm, randomInt(4) ? 0x13 : 0x10, 8 * lanes + randomInt(1500), randomInt(1, 5), lanes, bytes];
      const input = randomBytes(128).toString('hex');
      const [kernel, plain] = [await worker.hash('kernel', parameters, bytes, input), await worker.hash('plain', parameters, bytes, input)];
      assert.equal(kernel, plain, `Argon2${ALGORITHMS[algorithm]} ${parameters.slice(1)} of ${input}`);
    }
  });

  it('gives what the crate gives in the memory that a login takes, before and after a larger one', async () => {
    const input = randomBytes(128).toString('hex');
    for (const memory of [19_456, 65_536, 19_456]) {
      const parameters = [2, 0x13, memory, 2, 1, 32];
      assert.equal(await worker.hash('kernel', parameters, 32, input), await worker.hash('plain', parameters, 32, input));
    }
  });
});

describe('the kernel that is uploaded', () => {
  it('gives what OpenSSL gives, for any parameters', async () => {
    const worker = await startWorker({ vars: { USER_STORE: 'kv' } });
    for (let round = 0; round < 60; round += 1) {
      const parallelism = randomInt(1, 6);
      const parameters = { memory: 8 * parallelism + randomInt(1500), passes: randomInt(1, 5), parallelism, tagLength: randomInt(4, 65) };
      const [username, password] = [`user ${round}`, randomBytes(12).toString('hex')];
      const password_hash = argon2(`argon2${ALGORITHMS[randomInt(3)]}`, password, parameters);
      await worker.addUser({ username, password_hash });
      assert.equal((await worker.login(username, `${password}?`)).status, 401, password_hash);
      assert.equal((await worker.login(username, password)).status, 200, `${password} and ${password_hash}`);
    }
    await worker.stop();
  });

  it('computes next to nothing from what one of the two operations before gave', () => {
    const waiting = (text) => {
      const all = operations(text);
      return all.filter((operands, at) => operands.some((operand) => at - operand <= 2)).length / all.length;
    };
    // At both ends of each loop, one row or column is alone.
    assert.ok(waiting(uploadedCompress()) < 0.05);
    // Where a compiler has nested operations, one that needs another stands next to it.
    const compiled = read(compiledModule());
    assert.ok(waiting(textOf(compiled.getFunction(compressOf(compiled)))) > 0.5);
  });

  it('replaces one function with that name and those parameters, which computes the same, or the build fails', () => {
    const compress = (parameters, hash = 0) => `(func $argon2_kernel::block::compress::h000000000000000${hash} (param ${parameters}))`;
    const five = 'i32 i32 i32 i32 i32';
    for (const [functions, error] of [
      ['', /one function/],
      [compress(five) + compress(five, 1), /one function/],
      [compress('i32 i32 i32 i32'), /other parameters/],
      [compress(five), /different blocks/],
    ]) {
      binaryen.setDebugInfo(true);
      const module = binaryen.parseText(`(module (memory 1) ${functions})`).emitBinary();
      assert.throws(() => reorder(module), error);
    }
  });
});

/** The text of the compression function in the module that is uploaded. Without its name, it is known by its place. */
function uploadedCompress() {
  const [named, uploaded] = [NAMED, MODULE].map((path) => read(readFileSync(path)));
  const name = compressOf(named);
  const place = Array.from({ length: named.getNumFunctions() }, (_, n) => named.getFunctionByIndex(n)).findIndex((each) => binaryen.getFunctionInfo(each).name === name);
  return textOf(uploaded.getFunctionByIndex(place));
}

function textOf(compress) {
  return binaryen.emitText(binaryen.getFunctionInfo(compress).body);
}

/** A function's operations on vectors, in the order of the code: for each, the numbers of those that gave its operands. */
function operations(text) {
  const all = [];
  const locals = new Map();
  /** Gives the number of the operation that computed the expression's value. */
  const walk = ([name, ...rest]) => {
    if (name === 'local.get') return locals.get(rest[0]);
    const operands = rest.filter(Array.isArray).map(walk);
    if (name === 'local.set' || name === 'local.tee') locals.set(rest[0], operands[0]);
    if (name === 'local.tee') return operands[0];
    if (!/^(v128|i64x2|i8x16)\.(?!const|load|store)/.test(name)) return undefined;
    return all.push(operands.filter((operand) => operand !== undefined)) - 1;
  };
  walk(expressions(text));
  return all;
}

/** The nested lists of WebAssembly's text format. */
function expressions(text) {
  const open = [[]];
  for (const token of text.match(/[()]|[^\s()]+/g)) {
    if (token === '(') open.push([]);
    else if (token === ')') open.at(-2).push(open.pop());
    else open.at(-1).push(token);
  }
  return open[0][0];
}
