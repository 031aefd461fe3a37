// `npm run lint`: checks the sources without running them. Everything that is found is an error.
import { environment, fail, run, say, target } from '../tooling/run.mjs';
import { cargoDeny } from '../tooling/cargo-deny.mjs';
import { wasmTarget } from '../tooling/wasm-target.mjs';
import { missingTests } from './named-tests.mjs';

const env = wasmTarget();
const clippy = ['clippy', '--workspace', '--quiet'];

check('JavaScript', 'oxlint', ['--deny-warnings']);
say('checking the tests that docs/SECURITY-MODEL.md names');
const missing = missingTests();
if (missing.length) fail(`docs/SECURITY-MODEL.md: ${missing.join('; ')}`);

check('formatting', 'cargo', ['fmt', '--all', '--check']);
check('clippy, native', 'cargo', [...clippy, '--all-targets']);
check('clippy, wasm32', 'cargo', [...clippy, '--exclude', 'edge-login-cli', '--target', 'wasm32-unknown-unknown'], env);
// The fuzzers are a workspace of their own. With the same target folder, cargo takes most of their
// dependencies from there.
check('the fuzzers', 'cargo', ['check', '--locked', '--quiet', '--manifest-path', 'fuzz/Cargo.toml'], { ...environment, CARGO_TARGET_DIR: target });
check('the documentation', 'cargo', ['doc', '--workspace', '--no-deps', '--document-private-items', '--quiet'], { ...environment, RUSTDOCFLAGS: '-D warnings' });
check('the dependencies', await cargoDeny(), ['--all-features', 'check', '--hide-inclusion-graph', 'bans', 'licenses', 'sources']);

function check(what, command, args, env = environment) {
  say(`checking ${what}`);
  if (!run(command, args, { env })) fail(`${what}: see above`);
}
