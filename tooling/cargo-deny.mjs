// Installs cargo-deny, which `npm run lint` uses, into cargo's home.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cargo } from './cargo.mjs';
import { cache, environment, fail, say } from './run.mjs';

const VERSION = '0.20.2';

/** Gives the path of the program. It is built with no more optimisation than it needs to run for seconds. */
export async function cargoDeny() {
  const place = join(cache, `cargo-deny-${VERSION}`);
  const program = join(place, 'bin', 'cargo-deny');
  if (existsSync(place)) return program;

  const building = `${place}.building`;
  rmSync(building, { recursive: true, force: true });
  const env = {
    ...environment,
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
    CARGO_TARGET_DIR: join(building, 'target'),
  };
  const install = (...more) => cargo('cargo-deny', ['install', 'cargo-deny', '--version', VERSION, '--root', building, '--no-track', ...more], env);
  let { status, stderr } = await install('--locked');
  if (status !== 0 && isWithdrawn(stderr)) {
    say('the lock file of cargo-deny names a version that was withdrawn: building with the versions that are there');
    ({ status, stderr } = await install());
  }
  if (status !== 0) {
    process.stderr.write(stderr);
    fail(`cargo-deny is missing and could not be built: type \`cargo install cargo-deny --version ${VERSION} --locked\` to try again`);
  }
  rmSync(env.CARGO_TARGET_DIR, { recursive: true, force: true });
  renameSync(building, place);
  return program;
}

/**
 * Whether cargo failed because a version in the lock file was withdrawn. Nothing else may lead to other versions than
 * those that cargo-deny was released with.
 */
function isWithdrawn(stderr) {
  return /failed to select a version for the requirement .*\(locked to /.test(stderr ?? '');
}
