// `npm run lint`: formatting, clippy for both targets, and the dependencies. All are errors.
import { environment, fail, run, say } from '../tooling/run.mjs';
import { cargoDeny } from '../tooling/rust-tools.mjs';
import { wasmTarget } from '../tooling/wasm-target.mjs';

const env = wasmTarget();
const clippy = ['clippy', '--workspace', '--quiet'];

check('formatting', 'cargo', ['fmt', '--all', '--check']);
check('clippy, native', 'cargo', [...clippy, '--all-targets']);
check('clippy, wasm32', 'cargo', [...clippy, '--exclude', 'edge-login-cli', '--target', 'wasm32-unknown-unknown'], env);
check('the documentation', 'cargo', ['doc', '--workspace', '--no-deps', '--document-private-items', '--quiet'], { ...environment, RUSTDOCFLAGS: '-D warnings' });
check('the dependencies', cargoDeny(), ['--all-features', 'check', '--hide-inclusion-graph', 'bans', 'licenses', 'sources']);

function check(what, command, args, env = environment) {
  say(`checking ${what}`);
  if (!run(command, args, { env })) fail(`${what}: see above`);
}
