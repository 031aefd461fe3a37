// Runs other programs and says what happens. It can't be execa: `npm start` needs it on Node 18 before
// any package is installed.
import { spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './root.mjs';

export { root };
const bin = join(root, 'node_modules', '.bin');
export const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
/** Tools that this project has to build are kept in cargo's home, where a second clone finds them. */
export const cache = join(cargoHome, 'edge-login');

/** The environment for programs. The packages' programs come first, and wrangler sends no metrics. */
export const environment = {
  ...process.env,
  PATH: [bin, ...process.env.PATH.split(delimiter).filter((path) => path !== bin)].join(delimiter),
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
};

/** For wrangler at local work: its logs and registry stay in the project, not in the home folder. */
export const local = { ...environment, XDG_CONFIG_HOME: join(root, '.wrangler', 'config') };

/** Where cargo puts what it builds. */
export const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');

/** Says what happens next. */
export function say(message) {
  console.log(`edge-login: ${message}`);
}

/** Ends the process with one line that says what is missing and what to type. */
export function fail(message) {
  console.error(`edge-login: ${message}`);
  process.exit(1);
}

/** Runs a program to its end. Gives its `status`, `stdout` and `stderr`, as `spawnSync` does. */
export function ended(command, args, options) {
  return spawnSync(command, args, { cwd: root, env: environment, encoding: 'utf8', maxBuffer: Infinity, ...options });
}

/** What a program prints, or null if it isn't there or fails. */
export function output(command, args, options) {
  const { status, stdout } = ended(command, args, options);
  return status === 0 ? stdout.trim() : null;
}

/** Runs a program to its end, showing what it prints. True if it succeeded. */
export function run(command, args, options) {
  return ended(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options }).status === 0;
}

/** Runs a program that serves until it is stopped, and passes signals on to it. Gives its exit code. */
export function serve(command, args, { env = environment } = {}) {
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
  // Ctrl-C reaches the whole process group. This process only has to outlive the child.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // If npm is killed, it leaves its programs behind, and nobody else stops the child.
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || child.kill('SIGTERM'), 1000).unref();
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 0)));
}
