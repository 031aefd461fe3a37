// Makes the Worker's build independent of where the sources and cargo's home are, so that others can reproduce it.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cargoHome, fail, root, run } from './run.mjs';

/** The environment with flags for the compiler that replace the folders of this machine in messages of panics. */
export function remapped(env) {
  // The names of the registries' folders depend on how they are reached. They exist once the crates are there.
  if (!run('cargo', ['fetch', '--locked', '--quiet', '--target', 'wasm32-unknown-unknown'], { env })) fail('the crates could not be fetched: see above');
  const registries = join(cargoHome, 'registry', 'src');
  const crates = existsSync(registries) ? readdirSync(registries).map((name) => join(registries, name)) : [];
  // The last one that matches counts.
  const flags = [`${root}=/edge-login`, `${cargoHome}=/cargo`, ...crates.map((folder) => `${folder}=/crates`)];
  return { ...env, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: flags.map((flag) => `--remap-path-prefix=${flag}`).join(' ') };
}
