// Runs cargo, also several at once, and shows how far it is.
import { spawn } from 'node:child_process';
import { root, say } from './run.mjs';

/** How often progress is shown, in seconds. A terminal's line is written anew each time. */
const EVERY = process.stdout.isTTY ? 1 : 15;
const running = new Map();
let ticking;

/** Runs cargo to its end. Gives its exit code, and what it printed on standard error. */
export function cargo(what, args, env) {
  const child = spawn('cargo', args, { cwd: root, env, stdio: ['ignore', 'inherit', 'pipe'] });
  const build = { what, started: Date.now(), stderr: '' };
  say(`compiling ${what}`);
  running.set(child, build);
  ticking ??= setInterval(show, EVERY * 1000);
  child.stderr.on('data', (data) => (build.stderr += data));
  return new Promise((resolve) => child.on('close', (status) => {
    running.delete(child);
    if (running.size === 0) ticking = clearInterval(ticking);
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
    say(`${status === 0 ? 'compiled' : 'could not compile'} ${what} (${seconds(build)} s)`);
    resolve({ status, stderr: build.stderr });
  }));
}

function show() {
  const line = [...running.values()].map((build) => `${build.what}: ${crates(build)} crates, ${seconds(build)} s`).join('; ');
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line.slice(0, process.stdout.columns - 1)}`);
  else say(line);
}

const crates = ({ stderr }) => stderr.match(/^ +Compiling /gm)?.length ?? 0;
const seconds = ({ started }) => Math.round((Date.now() - started) / 1000);
