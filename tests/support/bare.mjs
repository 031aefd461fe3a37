// A machine with the oldest Node that is supported, its npm, and nothing else.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ended, local } from '../../tooling/run.mjs';

const NODE = `node-${process.platform}-${process.arch}@18`;
const NPM = 'npm@10';

/** Installs them into a folder. Gives the environment: nothing on PATH but them and a shell. No cargo, rustc or git. */
export function bareMachine(folder) {
  mkdirSync(folder);
  const { status, stderr } = ended('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--prefix', folder, NODE, NPM]);
  assert.equal(status, 0, stderr);
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  for (const name of ['node', 'npm', 'npx']) symlinkSync(join(folder, 'node_modules', '.bin', name), join(programs, name));
  symlinkSync('/bin/sh', join(programs, 'sh'));
  // Wrangler keeps its logs in the folder, and asks nobody on the internet.
  const env = { ...local, XDG_CONFIG_HOME: join(folder, 'config'), PATH: programs };
  // The outer npm's settings for this tree, and what a log of the tests would leave out.
  for (const name of ['npm_execpath', 'npm_node_execpath', 'npm_config_local_prefix', 'INIT_CWD', 'WRANGLER_LOG', 'CARGO_HOME', 'CARGO_TARGET_DIR', 'RUSTUP_HOME']) delete env[name];
  return env;
}
