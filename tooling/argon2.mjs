// The Argon2 kernel and the crates it is compared with, as one WebAssembly module in workerd.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from 'miniflare';
import { reorder } from './kernel.mjs';
import { remapped } from './remap.mjs';
import { fail, run, target } from './run.mjs';
import { wasmTarget } from './wasm-target.mjs';

const TARGET = 'wasm32-unknown-unknown';
const WORKER = `
import module from './argon2.wasm';
const kept = new WebAssembly.Instance(module);
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
export default {
  async fetch(request) {
    const { name, parameters, length, input = '', fresh } = await request.json();
    const { exports } = fresh ? new WebAssembly.Instance(module) : kept;
    new Uint8Array(exports.memory.buffer).set(bytes(input), exports.buffer());
    if (exports[name](...parameters) === 0) return new Response(null, { status: 500 });
    return new Response(hex(new Uint8Array(exports.memory.buffer, exports.buffer(), length)));
  },
};`;

/** Builds the module. Gives its bytes, with the kernel as the compiler left it. */
export function compiledModule() {
  // With other flags than the Worker's, cargo would compile what they share in turns.
  const env = remapped(wasmTarget());
  const args = ['build', '--quiet', '--release', '--target', TARGET, '--package', 'argon2-kernel-wasm'];
  if (!run('cargo', args, { env })) fail('the Argon2 kernel could not be built: see above');
  return readFileSync(join(env.CARGO_TARGET_DIR ?? target, TARGET, 'release/argon2_kernel_wasm.wasm'));
}

/** A Worker that calls the module's functions. By default the kernel is as in the Worker that is uploaded. */
export async function argon2Worker(module = reorder(compiledModule())) {
  const mf = new Miniflare(convertV4MiniflareOptions({
    name: 'argon2',
    compatibilityDate: '2026-11-01',
    modulesRoot: '/',
    modules: [
      { type: 'ESModule', path: '/worker.mjs', contents: WORKER },
      { type: 'CompiledWasm', path: '/argon2.wasm', contents: module },
    ],
    log: new NoOpLog(),
  }));
  const url = await mf.ready;
  return {
    /**
     * Calls a function with 64 bytes of password and 64 of salt. Gives what it leaves in memory. Both are hexadecimal.
     * With `fresh`, it runs in a new instance, whose memory nothing has used yet.
     */
    hash: async (name, parameters, length, input, fresh) => {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify({ name, parameters, length, input, fresh }) });
      if (!response.ok) throw new Error(`${name}(${parameters}) failed`);
      return response.text();
    },
    stop: () => mf.dispose(),
  };
}
