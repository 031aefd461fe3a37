// Installs programs written in Rust into cargo's home, once per version and side by side.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cargo } from './cargo.mjs';
import { cache, environment, fail, root, say } from './run.mjs';

/** Whether tools are built from their locked sources only, as a release needs it: nothing is downloaded as a program. */
const onlyLocked = Boolean(process.env.EDGE_LOGIN_LOCKED);

/** Whether the tools were never built with this cargo home, which takes minutes. */
export function toolsAreMissing() {
  return !existsSync(toolPath('worker-build', lockedVersion('worker')));
}

/**
 * Installs worker-build and the programs it calls, and compiles the Worker meanwhile. Gives worker-build's path and
 * the environment to run it in.
 */
export async function workerBuild(env) {
  const program = (name) => join(root, 'node_modules', '.bin', name);
  const tools = {
    WASM_OPT_BIN: program('wasm-opt'),
    ESBUILD_BIN: program('esbuild'),
    // worker-build keeps here what it downloads.
    XDG_CACHE_HOME: cache,
  };
  const missing = toolsAreMissing();
  const builds = [cargoInstall('worker-build', lockedVersion('worker'))];
  // wasm-bindgen writes the glue for one version of its library. worker-build downloads that version
  // if it can and may; otherwise it is built here.
  const version = lockedVersion('wasm-bindgen');
  if (onlyLocked || existsSync(toolPath('wasm-bindgen-cli', version)) || !(await canDownload())) {
    tools.WASM_BINDGEN_BIN = join(toolPath('wasm-bindgen-cli', version), 'bin', 'wasm-bindgen');
    builds.push(cargoInstall('wasm-bindgen-cli', version, ['--bin', 'wasm-bindgen']));
  }
  // worker-build would do the same later, with the same variable.
  if (missing) {
    builds.push(cargo('the Worker', ['build', '--lib', '--release', '--target', 'wasm32-unknown-unknown'], { ...env, WASM_BINDGEN_USE_JS_SYS: '1' }));
  }
  await Promise.all(builds);
  return { env: { ...env, ...tools }, program: join(toolPath('worker-build', lockedVersion('worker')), 'bin', 'worker-build') };
}

export async function cargoDeny() {
  await cargoInstall('cargo-deny', '0.20.2');
  return join(toolPath('cargo-deny', '0.20.2'), 'bin', 'cargo-deny');
}

const toolPath = (name, version) => join(cache, `${name}-${version}`);

/** Builds a program with no more optimisation than it needs to run for seconds. */
async function cargoInstall(name, version, args = []) {
  const place = toolPath(name, version);
  if (existsSync(place)) return;

  const building = `${place}.building`;
  rmSync(building, { recursive: true, force: true });
  const env = {
    ...environment,
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
    // In a folder of its own it waits for no other build.
    CARGO_TARGET_DIR: join(building, 'target'),
  };
  const install = (...more) => cargo(name, ['install', name, '--version', version, '--root', building, '--no-track', ...args, ...more], env);
  let { status, stderr } = await install('--locked');
  if (status !== 0 && !onlyLocked && isWithdrawn(stderr)) {
    say(`the lock file of ${name} names a version that was withdrawn: building with the versions that are there`);
    ({ status, stderr } = await install());
  }
  if (status !== 0) {
    process.stderr.write(stderr);
    fail(`${name} is missing and could not be built: type \`cargo install ${name} --version ${version} --locked\` to try again`);
  }
  rmSync(env.CARGO_TARGET_DIR, { recursive: true, force: true });
  renameSync(building, place);
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
