// What has to be there before anything is built. Each step checks first, and says what it does.
import { fail } from '../run.mjs';
import { packages } from './packages.mjs';
import { workerBuild } from './rust-tools.mjs';
import { wasmTarget } from './wasm-target.mjs';

/** Installs what is missing; gives what `build` needs. */
export async function setup() {
  const node = Number(process.versions.node.split('.')[0]);
  if (node < 18) fail(`Node ${process.version} is too old: install Node 18 or newer`);
  packages();
  return workerBuild(wasmTarget());
}
