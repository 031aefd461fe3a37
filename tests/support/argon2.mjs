// The kernel and the crates it is compared with, built as one WebAssembly module.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from 'miniflare';
import { wasmTarget } from '../../scripts/setup/wasm-target.mjs';
import { root } from './worker.mjs';

const TARGET = 'wasm32-unknown-unknown';

/** Builds the module; gives its bytes. */
export function argon2Module() {
  const env = wasmTarget();
  const { status } = spawnSync('cargo', ['build', '--quiet', '--release', '--target', TARGET, '--package', 'argon2-kernel-wasm'], { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) throw new Error('the module could not be built: see above');
  const target = env.CARGO_TARGET_DIR ?? join(root, 'target');
  return readFileSync(join(target, TARGET, 'release', 'argon2_kernel_wasm.wasm'));
}
