// Running other programs, and telling what happens. Works on Node 18 and without any package.
import { spawn, spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homedir } from 'node:os';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
/** Tools this project needs built are kept in cargo's home, where a second clone finds them. */
export const cache = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'edge-login');

/** The environment for programs: the packages' programs come first, nobody is told of their use. */
export const environment = {
  ...process.env,
  PATH: [bin, ...process.env.PATH.split(delimiter).filter((path) => path !== bin)].join(delimiter),
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
};

/** For wrangler at local work: its logs and registry stay in the project, not in the home folder. */
export const local = { ...environment, XDG_CONFIG_HOME: join(root, '.wrangler', 'config') };

/** Says what is done next. */
export function say(message) {
  console.log(`edge-login: ${message}`);
}

/** Ends everything with one line: what is missing, and what to type. */
export function fail(message) {
  console.error(`edge-login: ${message}`);
  process.exit(1);
}

/** What a program prints, or null if it isn't there or fails. */
export function output(command, args, env = environment) {
  const { status, stdout } = spawnSync(command, args, { cwd: root, env, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** Runs a program to its end, showing what it prints. True if it succeeded. */
export function run(command, args, { env = environment, cwd = root, stdin = 'ignore' } = {}) {
  return spawnSync(command, args, { cwd, env, stdio: [stdin, 'inherit', 'inherit'] }).status === 0;
}

/** Runs a program that serves until it is stopped; passes signals on to it. Gives its exit code. */
export function serve(command, args, { env = environment } = {}) {
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
  // Ctrl-C reaches the whole group: this process only has to outlive the child.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // npm, killed, leaves its programs behind: then nobody is there to stop the child.
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || child.kill('SIGTERM'), 1000).unref();
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 0)));
}
