// How the set-up finds and builds its programs. What is installed is what was locked: packages have checksums, and tools
// the versions they were released with.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';
import { ended, root } from '../tooling/run.mjs';

const WITHDRAWN = `error: failed to compile \`cargo-deny v0.20.2\`

Caused by:
  failed to select a version for the requirement \`spdx = "^0.10"\` (locked to 0.10.8)
    version 0.10.8 is yanked
`;

/** A cargo that fails with this message if it is told to keep to the lock file. Gives how it was called. */
function callsOfCargo(message) {
  const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
  const file = (name, text) => writeFileSync(join(folder, name), text);
  file('message', message);
  file('cargo', `#!/bin/sh
echo "$@" >> "${folder}/calls"
case "$*" in *--locked*) cat "${folder}/message" >&2; exit 101 ;; esac
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"
`);
  chmodSync(join(folder, 'cargo'), 0o755);
  const script = `import('${join(root, 'tooling/cargo-deny.mjs')}').then(({ cargoDeny }) => cargoDeny())`;
  const env = { ...process.env, CARGO_HOME: join(folder, 'home'), PATH: `${folder}${delimiter}${process.env.PATH}` };
  const { status, stderr } = ended(process.execPath, ['--input-type=module', '--eval', script], { env });
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
  rmSync(folder, { recursive: true });
  return { status, stderr, locked: calls.map((call) => call.includes('--locked')) };
}

describe('the set-up', () => {
  it('installs Debian\'s Rust where Rust is missing, and elsewhere says both ways', () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    const script = `import('${join(root, 'tooling/wasm-target.mjs')}').then(({ wasmTarget }) => wasmTarget())`;
    const target = () => ended(process.execPath, ['--input-type=module', '--eval', script], { env: { PATH: folder, HOME: folder } });
    const without = target();
    assert.equal(without.status, 1);
    for (const way of ['https://rustup.rs', 'npm create edge-login']) assert.ok(without.stderr.includes(way), without.stderr);

    for (const name of ['apt-get', 'sudo']) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho "$*" >> "${folder}/calls"\necho apt\ncase "$*" in *install*) exit 1 ;; esac\n`, { mode: 0o755 });
    }
    const { status, stdout } = target();
    const calls = existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '';
    rmSync(folder, { recursive: true });
    assert.equal(status, 1, 'the package could not be installed');
    assert.match(stdout, /installing Debian's Rust/);
    assert.match(calls, /install -y --no-install-recommends .*rustc-web/);
  });

  it('compiles the Worker and the program for its glue side by side, from locked sources', () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    const file = (name, text) => writeFileSync(join(folder, name), text, { mode: 0o755 });
    // A build that ends when another one is there too, or else fails after 20 s.
    file('cargo', `#!/bin/sh
echo "$@" > "${folder}/build-$$"
for second in $(seq 20); do
  [ "$(ls "${folder}" | grep -c build-)" -gt 1 ] && exit 0
  sleep 1
done
exit 1
`);
    mkdirSync(join(folder, 'debug'));
    // It writes the smallest module there is.
    file('debug/glue', `#!/bin/sh\nprintf '\\0asm\\1\\0\\0\\0' > "$2/index_bg.wasm"\n`);
    const script = `import('${join(root, 'tooling/compiled.mjs')}').then(({ compiled }) => compiled(process.env, '${folder}'))`;
    const env = { ...process.env, CARGO_TARGET_DIR: folder, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const { status, stdout, stderr } = ended(process.execPath, ['--input-type=module', '--eval', script], { env });
    const calls = readdirSync(folder).filter((name) => name.startsWith('build-')).map((name) => readFileSync(join(folder, name), 'utf8'));
    rmSync(folder, { recursive: true });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /edge-login: compiled the Worker /);
    assert.ok(calls.every((call) => call.includes('--locked')), calls.join());
  });

  it('builds a tool with other versions only if one in its lock file was withdrawn', () => {
    const { status, locked } = callsOfCargo(WITHDRAWN);
    assert.deepEqual([status, locked], [0, [true, false]]);
    for (const message of ['error: could not compile `spdx`\n', 'error: the lock file needs to be updated but --locked was passed\n', 'error: checksum for `spdx v0.10.8` changed between lock files\n']) {
      const { status, stderr, locked } = callsOfCargo(message);
      assert.deepEqual([status, locked], [1, [true]], message);
      assert.ok(stderr.startsWith(message), stderr);
    }
  });

  it('installs only packages that have a checksum', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const without = Object.entries(packages).filter(([path, { integrity }]) => path && !/^sha512-.{86}==$/.test(integrity));
    assert.deepEqual(without.map(([path]) => path), []);
  });
});
