// Compiles the Worker to WebAssembly, and writes the JavaScript around it.
import { join } from 'node:path';
import { cargo } from './cargo.mjs';
import { fail, run, target } from './run.mjs';

/** What Rust's standard settings for wasm32 use, and the exceptions that the glue catches. */
const FEATURES = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'multivalue', 'reference-types', 'exception-handling', 'simd'];

/**
 * Writes `index.js`, `index_bg.wasm` and what they need into a folder. The program that writes them is compiled side by
 * side with the Worker, because cargo lets only one build at a time into a profile's folder.
 */
export async function compiled(env, folder) {
  const build = (what, ...args) => cargo(what, ['build', '--locked', ...args], env);
  const builds = await Promise.all([
    build('the Worker', '--lib', '--release', '--target', 'wasm32-unknown-unknown'),
    build('the program that writes its glue', '--package', 'glue'),
  ]);
  for (const { status, stderr } of builds) {
    if (status === 0) continue;
    process.stderr.write(stderr);
    fail('the Worker could not be compiled: see above');
  }
  const built = env.CARGO_TARGET_DIR ?? target;
  const module = join(built, 'wasm32-unknown-unknown', 'release', 'edge_login.wasm');
  if (!run(join(built, 'debug', 'glue'), [module, folder], { env })) fail('the glue could not be written: see above');
  const optimised = join(folder, 'index_bg.wasm');
  // LLVM has already inlined what is worth it. binaryen would also inline every function that has only one caller. V8
  // compiles a whole function at its first call, so it would compile code that the call doesn't need.
  if (!run('wasm-opt', [optimised, '-O', '--skip-pass=inlining-optimizing', ...FEATURES.map((feature) => `--enable-${feature}`), '--debuginfo', '--output', optimised])) {
    fail('the Worker could not be optimised: see above');
  }
}
