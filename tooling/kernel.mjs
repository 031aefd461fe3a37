// Replaces the compression function of the Argon2 kernel in a compiled module with one whose instructions stand in a better
// order: docs/decisions/0015-order-of-instructions.md.
//
// The function is G of RFC 9106 §3.5. It computes what `compress` in crates/argon2-kernel/src/block.rs computes, from two
// rows or columns of a block at once. Rust stays the reference, and each replacement is compared with it. What is better:
// - Operations that don't wait for each other stand together: two of one row, and then two of the other. Compilers nest
//   values that are used once into expressions, which puts an operation next to the one it waits for. Here each value has a
//   local of its own, and V8 keeps the order in which locals are set.
// - The second row is four steps behind the first, so fewer values are needed at the same time.
// - One shuffle collects the lower halves of two vectors, from which two widening multiplications take two each: six
//   shuffles for four products where the Rust has eight.
//
// usage: node tooling/kernel.mjs MODULE REORDERED
import { randomFillSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import binaryen from 'binaryen';

const { createType, i32, none, v128 } = binaryen;
/** As wasm-bindgen writes the name of `argon2_kernel::block::compress`, and as rustc does. */
const NAME = /^(argon2_kernel::block::compress::h|_ZN13argon2_kernel5block8compress17h)[0-9a-f]{16}E?$/;
/** The addresses of blocks, and whether to XOR the result into the current block. */
const [PREVIOUS, REFERENCE, CURRENT, XORS, Z] = [0, 1, 2, 3, 4];
const PARAMETERS = createType([i32, i32, i32, i32, i32]);
const COUNTER = 5;
/** A block is 8 rows of 8 vectors, and a vector is a pair of words. In bytes: */
const [BLOCK, ROW, VECTOR] = [1024, 128, 16];
/**
 * By how many bytes the address of each block is lowered and its offsets are raised. Where V8 compares each address
 * with a limit, as it seems to in workerd, the limit depends on the offset. With equal offsets into several blocks, V8
 * would keep each limit for the next block, and there are more limits than registers.
 */
const LOWERED = { [PREVIOUS]: 0, [REFERENCE]: 0, [CURRENT]: 8, [Z]: 4 };
/**
 * How many steps the second of two rows or columns is behind the first. In step, they would need so many temporary vectors
 * at the same time that V8 would move a third more of them between registers and memory.
 */
const LAG = 4;

/** The module with the better function. Throws if the module doesn't have the function, or it computes something else. */
export function reorder(bytes) {
  const module = read(bytes);
  const name = compressOf(module);
  const compiled = alone(bytes, name);
  module.removeFunction(name);
  const { locals, body } = compress(module);
  module.addFunction(name, PARAMETERS, none, locals, body);
  module.runPassesOnFunction(name, ['coalesce-locals']);
  const reordered = module.emitBinary();
  assertEqual(compiled, alone(reordered, name));
  return reordered;
}

/** A module of WebAssembly as binaryen has it. Names are kept. It may use the features that it says it uses. */
export function read(bytes) {
  binaryen.setDebugInfo(true);
  return binaryen.readBinary(bytes);
}

/** The name of the compression function. */
export function compressOf(module) {
  const all = Array.from({ length: module.getNumFunctions() }, (_, n) => binaryen.getFunctionInfo(module.getFunctionByIndex(n)));
  const [found, ...more] = all.filter(({ name }) => NAME.test(name));
  if (!found || more.length > 0) throw new Error('the module must have one function argon2_kernel::block::compress');
  if (found.params !== PARAMETERS || found.results !== none) throw new Error(`${found.name} has other parameters than five i32, or a result`);
  return found.name;
}

/** One function of a module and the memory, for JavaScript to call. */
function alone(bytes, name) {
  const module = read(bytes);
  const exported = Array.from({ length: module.getNumExports() }, (_, n) => binaryen.getExportInfo(module.getExportByIndex(n)));
  for (const { name: each } of exported) module.removeExport(each);
  module.addFunctionExport(name, 'compress');
  module.addMemoryExport('0', 'memory');
  module.runPasses(['remove-unused-module-elements']);
  return new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary())).exports;
}

/** Throws unless two compression functions make the same of random blocks. */
function assertEqual(compiled, reordered) {
  const random = randomFillSync(new Uint8Array(3 * BLOCK));
  for (const xors of [0, 1]) {
    const [expected, actual] = [compiled, reordered].map(({ compress: call, memory }) => {
      const blocks = new Uint8Array(memory.buffer, BLOCK, 4 * BLOCK);
      blocks.set(random);
      call(BLOCK, 2 * BLOCK, 3 * BLOCK, xors, 4 * BLOCK);
      return Buffer.from(blocks.subarray(0, 3 * BLOCK));
    });
    if (!actual.equals(expected)) throw new Error('tooling/kernel.mjs and crates/argon2-kernel compute different blocks');
  }
}

/** The body of the compression function, and the types of its locals. */
function compress(module) {
  const { i8x16, i64x2, local } = module;
  const locals = [i32];
  /** Each step has operations that don't need each other. */
  let steps = [];

  const get = (vector) => local.get(vector, v128);
  /** Computes vectors in one step. Gives their locals. */
  const compute = (...expressions) => {
    const vectors = expressions.map(() => COUNTER + locals.push(v128) - 1);
    steps.push(vectors.map((vector, n) => local.set(vector, expressions[n])));
    return vectors;
  };
  /** Applies an operation to one vector of each list after another. */
  const each = (operation, ...lists) => compute(...lists[0].map((_, n) => operation(...lists.map((list) => get(list[n])))));

  const address = (block) => local.get(block, i32);
  const lower = (block, by) => steps.push([local.set(block, module.i32.sub(address(block), module.i32.const(by)))]);
  const load = (block, at) => module.v128.load(at + LOWERED[block], VECTOR, address(block));
  const store = (block, at, value) => module.v128.store(at + LOWERED[block], VECTOR, address(block), value);

  const { xor, or } = module.v128;
  const { add, shr_u: shiftRight, extmul_low_i32x4_u: multiplyFirst, extmul_high_i32x4_u: multiplyLast } = i64x2;
  /** Picks four of the eight 32-bit numbers in two vectors. */
  const shuffle = (...numbers) => (x, y) => i8x16.shuffle(x, y, numbers.flatMap((number) => [0, 1, 2, 3].map((byte) => 4 * number + byte)));
  const lowerHalves = shuffle(0, 2, 4, 6);
  /** The second word of one vector and the first of another. */
  const across = shuffle(2, 3, 4, 5);

  // Rotations to the right. For those by whole bytes V8 needs one instruction if the mask is in a local; binaryen has no
  // method for this one. The operand is given as often as it is used, as an expression can't be in two places.
  const mask = (bytes) => module.v128.const(Array.from({ length: VECTOR }, (_, n) => (n & 8) + ((n + bytes) & 7)));
  const swizzle = (vector, by) => binaryen._BinaryenBinary(module.ptr, binaryen.RelaxedSwizzleVecI8x16, vector, get(by));
  const [three, two] = compute(mask(3), mask(2));
  const right32 = (x) => each(shuffle(1, 0, 3, 2), x, x);
  const right24 = (x) => each((vector) => swizzle(vector, three), x);
  const right16 = (x) => each((vector) => swizzle(vector, two), x);
  const right63 = (x) => each((a, b, c) => or(shiftRight(a, module.i32.const(63)), add(b, c)), x, x, x);

  /** x + y + 2·x·y, where only the lower halves of x and y are multiplied. */
  const multiplyAdd = (x, y) => {
    const [[xs], [ys]] = [x, y].map(([first, second]) => each(lowerHalves, [first], [second]));
    const sums = each(add, x, y);
    const products = compute(multiplyFirst(get(xs), get(ys)), multiplyLast(get(xs), get(ys)));
    return each(add, sums, each(add, products, products));
  };

  /** GB of §3.6, of two vectors for each of a, b, c and d. */
  const mix = ([a, b, c, d]) => {
    a = multiplyAdd(a, b);
    d = right32(each(xor, d, a));
    c = multiplyAdd(c, d);
    b = right24(each(xor, b, c));
    a = multiplyAdd(a, b);
    d = right16(each(xor, d, a));
    c = multiplyAdd(c, d);
    b = right63(each(xor, b, c));
    return [a, b, c, d];
  };

  /** P of §3.6, of a row or column of eight vectors: of its 4 × 4 words, the columns and then the diagonals. */
  const permute = (vectors) => {
    const swap = ([first, second]) => [second, first];
    const left = (x) => each(across, x, swap(x));
    const right = (x) => each(across, swap(x), x);
    let [a, b, c, d] = mix([0, 2, 4, 6].map((n) => vectors.slice(n, n + 2)));
    [a, b, c, d] = mix([a, left(b), swap(c), right(d)]);
    [d, b] = [left(d), right(b)];
    return [a, b, swap(c), d].flat();
  };

  /** Code that runs four times for two rows or columns, each time for addresses that are higher by `step`. */
  const loop = (name, step, blocks, write) => {
    const before = steps;
    const [first, second] = [0, 1].map((one) => {
      steps = [];
      write(one);
      return steps;
    });
    const both = Array.from({ length: first.length + LAG }, (_, n) => [first[n] ?? [], second[n - LAG] ?? []]).flat(2);
    const onwards = blocks.map((block) => local.set(block, module.i32.add(address(block), module.i32.const(step))));
    const left = local.tee(COUNTER, module.i32.sub(local.get(COUNTER, i32), module.i32.const(1)), i32);
    const body = module.loop(name, module.block(null, [...both, ...onwards, module.br(name, left)]));
    steps = [...before, [local.set(COUNTER, module.i32.const(4)), body]];
  };

  for (const block of [CURRENT, Z]) lower(block, LOWERED[block]);
  loop('rows', 2 * ROW, [PREVIOUS, REFERENCE, CURRENT, Z], (row) => {
    const places = Array.from({ length: 8 }, (_, n) => row * ROW + n * VECTOR);
    const vectors = places.flatMap((at) => compute(xor(load(PREVIOUS, at), load(REFERENCE, at))));
    const keep = (what) => module.block(null, places.map((at, n) => store(CURRENT, at, what(at, get(vectors[n])))));
    steps.push([module.if(local.get(XORS, i32), keep((at, vector) => xor(load(CURRENT, at), vector)), keep((_, vector) => vector))]);
    steps.push(permute(vectors).map((vector, n) => store(Z, places[n], get(vector))));
  });
  for (const block of [CURRENT, Z]) lower(block, BLOCK);
  loop('columns', 2 * VECTOR, [CURRENT, Z], (column) => {
    const places = Array.from({ length: 8 }, (_, n) => column * VECTOR + n * ROW);
    const vectors = permute(places.flatMap((at) => compute(load(Z, at))));
    steps.push(vectors.map((vector, n) => store(CURRENT, places[n], xor(load(CURRENT, places[n]), get(vector)))));
  });
  return { locals, body: module.block(null, steps.flat()) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [from, to] = process.argv.slice(2);
  writeFileSync(to, reorder(readFileSync(from)));
}
