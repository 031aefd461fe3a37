// Finds a Rust compiler that has the wasm32 standard library. Gives the environment to call it in.
//
// 1. The installed compiler may have it. 2. rustup may be able to fetch it. 3. On Debian it can be built:
// the packages there have a compiler and the library's source.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cache, environment, fail, output, run, say, target } from './run.mjs';

const TARGET = 'wasm32-unknown-unknown';
const OLDEST = [1, 91];
const DEBIAN = ['rustc-web', 'cargo-web', 'rust-web-src', 'rust-web-llvm', 'rust-web-clippy', 'lld-22'];

export function wasmTarget() {
  const version = rustc();
  // Debian's own compiler serves native code too: its packages put it on PATH.
  if (!version) return debianEnvironment(buildOnDebian());
  if (hasTarget(environment)) return environment;

  const built = debianStd(output('/usr/bin/rustc', ['--version']));
  if (built && existsSync(built)) return debianEnvironment(built);

  if (output('rustup', ['--version'])) {
    say(`installing the wasm32 standard library for ${version} (rustup target add ${TARGET})`);
    if (run('rustup', ['target', 'add', TARGET]) && hasTarget(environment)) return environment;
    say('rustup could not fetch it');
  }
  if (output('apt-get', ['--version'])) return debianEnvironment(buildOnDebian());
  return fail(`the wasm32 standard library is missing: type \`rustup target add ${TARGET}\``);
}

/** The installed compiler, or null where there is none, but Debian has one. */
function rustc() {
  const version = output('rustc', ['--version']);
  if (!version || !output('cargo', ['--version'])) {
    if (output('apt-get', ['--version'])) return null;
    fail('Rust is missing: install it from https://rustup.rs, open a new shell, and run this again. Or make a project that needs no Rust: `npm create edge-login`');
  }
  const [major, minor] = version.match(/(\d+)\.(\d+)/).slice(1).map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    fail(`${version} is too old: type \`rustup update stable\` for Rust ${OLDEST.join('.')} or newer`);
  }
  return version;
}

function hasTarget(env) {
  const directory = output('rustc', ['--print', 'target-libdir', '--target', TARGET], { env });
  return directory !== null && existsSync(directory);
}

/** The place of the library that is built for Debian's compiler. Each version has its own. */
function debianStd(version) {
  return version && join(cache, `wasm-std-${version.match(/\d+\.\d+\.\d+/)[0]}-debian`);
}

function debianEnvironment(sysroot) {
  return {
    ...environment,
    PATH: [join(sysroot, 'bin'), environment.PATH].join(delimiter),
    // clippy needs this, because cargo calls it instead of rustc.
    SYSROOT: sysroot,
    // Two compilers can't share a target folder.
    CARGO_TARGET_DIR: join(target, 'debian'),
  };
}

function buildOnDebian() {
  const missing = DEBIAN.filter((name) => output('dpkg-query', ['-W', '-f', '${Status}', name]) !== 'install ok installed');
  if (missing.length) {
    say(`installing Debian's Rust, because there is none that builds for wasm32: ${missing.join(' ')} (apt-get, about 1 min)`);
    const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
    const apt = (...args) => {
      const [command, ...rest] = [...sudo, 'apt-get', '-qq', ...args];
      return run(command, rest, { env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'inherit' });
    };
    if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...missing)) {
      fail(`there is no Rust that builds for wasm32: install it from https://rustup.rs and type \`rustup target add ${TARGET}\`, or as root \`apt-get install ${DEBIAN.join(' ')}\`. Or make a project that needs no Rust: \`npm create edge-login\``);
    }
  }
  const sysroot = debianStd(output('/usr/bin/rustc', ['--version']));
  if (!sysroot) fail('Debian\'s rustc can\'t be run: type `apt-get install --reinstall rustc-web`');
  if (existsSync(sysroot)) return sysroot;

  say('building the wasm32 standard library with Debian\'s compiler (about 40 s)');
  const work = `${sysroot}.building`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'empty', 'src'), { recursive: true });
  writeFileSync(join(work, 'empty', 'Cargo.toml'), '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n');
  writeFileSync(join(work, 'empty', 'src', 'lib.rs'), '');
  const built = run('/usr/bin/cargo', ['build', '--release', '--target', TARGET, '-Zbuild-std=std,panic_abort'], {
    cwd: join(work, 'empty'),
    env: {
      ...environment,
      CARGO_TARGET_DIR: join(work, 'target'),
      // `lto = true` needs the bitcode later.
      RUSTFLAGS: '-Cembed-bitcode=yes',
      RUSTC: '/usr/bin/rustc',
      // `-Zbuild-std` is unstable.
      RUSTC_BOOTSTRAP: '1',
    },
  });
  if (!built) fail(`the wasm32 standard library could not be built: type \`rustup target add ${TARGET}\``);
  layOut(work);
  rmSync(join(work, 'empty'), { recursive: true });
  rmSync(join(work, 'target'), { recursive: true });
  renameSync(work, sysroot);
  // The wrapper contains the final path.
  const wrapper = join(sysroot, 'bin', 'rustc');
  writeFileSync(wrapper, `#!/bin/sh\nexec /usr/bin/rustc --sysroot "${sysroot}" "$@"\n`);
  chmodSync(wrapper, 0o755);
  return sysroot;
}

/** A sysroot: the built library, and Debian's own for the host. */
function layOut(work) {
  const libraries = join(work, 'lib', 'rustlib', TARGET, 'lib');
  mkdirSync(libraries, { recursive: true });
  const built = join(work, 'target', TARGET, 'release', 'deps');
  for (const name of readdirSync(built).filter((name) => name.endsWith('.rlib') && !name.includes('empty'))) {
    cpSync(join(built, name), join(libraries, name));
  }
  const host = output('/usr/bin/rustc', ['-vV']).match(/host: (\S+)/)[1];
  symlinkSync(join('/usr/lib/rustlib', host), join(work, 'lib', 'rustlib', host));
  mkdirSync(join(work, 'bin'));
  for (const name of ['cargo', 'cargo-clippy', 'clippy-driver']) symlinkSync(join('/usr/bin', name), join(work, 'bin', name));
}
