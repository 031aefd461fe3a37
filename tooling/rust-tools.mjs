// Installs programs written in Rust into cargo's home, once per version.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache, ended, environment, fail, root, say } from './run.mjs';

/** Installs worker-build and the programs it calls. Gives its path and the environment to run it in. */
export async function workerBuild(env) {
  const own = cargoInstall('worker-build', lockedVersion('worker'), 'about 2 min');
  const program = (name) => join(root, 'node_modules', '.bin', name);
  const tools = {
    WASM_OPT_BIN: program('wasm-opt'),
    ESBUILD_BIN: program('esbuild'),
    // worker-build keeps here what it downloads.
    XDG_CACHE_HOME: cache,
  };
  // wasm-bindgen writes the glue for one version of its library. worker-build downloads that version
  // if it can; otherwise it is built here.
  const version = lockedVersion('wasm-bindgen');
  if (existsSync(toolPath('wasm-bindgen-cli', version)) || !(await canDownload())) {
    tools.WASM_BINDGEN_BIN = join(cargoInstall('wasm-bindgen-cli', version, 'about 90 s', ['--bin', 'wasm-bindgen']), 'wasm-bindgen');
  }
  return { env: { ...env, ...tools }, program: join(own, 'worker-build') };
}

export function cargoDeny() {
  return join(cargoInstall('cargo-deny', '0.20.2', 'about 70 s'), 'cargo-deny');
}

const toolPath = (name, version) => join(cache, `${name}-${version}`);

/** Builds a program with little optimisation, as it runs for seconds only. Gives its folder. */
function cargoInstall(name, version, time, args = []) {
  const place = toolPath(name, version);
  if (existsSync(place)) return join(place, 'bin');

  say(`building ${name} ${version} into ${cache} (${time})`);
  const building = `${place}.building`;
  rmSync(building, { recursive: true, force: true });
  const env = {
    ...environment,
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  };
  const install = (...more) => ended('cargo', ['install', name, '--version', version, '--root', building, '--no-track', ...args, ...more], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  let { status, stderr } = install('--locked');
  if (status !== 0 && isWithdrawn(stderr)) {
    say(`the lock file of ${name} names a version that was withdrawn: building with the versions that are there`);
    ({ status, stderr } = install());
  }
  if (status !== 0) {
    process.stderr.write(stderr ?? '');
    fail(`${name} is missing and could not be built: type \`cargo install ${name} --version ${version} --locked\` to try again`);
  }
  renameSync(building, place);
  return join(place, 'bin');
}

/**
 * Whether cargo failed because a version in the lock file was withdrawn. Nothing else may lead to other versions than
 * those that the tool was released with.
 */
function isWithdrawn(stderr) {
  return /failed to select a version for the requirement .*\(locked to /.test(stderr ?? '');
}

/** The version of a crate in Cargo.lock. */
export function lockedVersion(crate) {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  return lock.match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`))[1];
}

/** Whether worker-build can reach the place that it downloads from. */
async function canDownload() {
  try {
    await fetch('https://github.com', { method: 'HEAD', signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    return false;
  }
}
