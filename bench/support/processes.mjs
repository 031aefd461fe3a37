// What processes take, from Linux's /proc. Packages like pidusage count CPU time in ticks of 10 ms, which
// is too coarse for a login.
import { readFileSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { spawn } from 'node:child_process';

const PAGE = 4096;

/** The workerd processes that this process started. */
export function workerds() {
  return processes().filter(({ name, parent }) => name === 'workerd' && parent === process.pid).map(({ pid }) => pid);
}

/** Nanoseconds that all threads of a process have run for. */
export function cpuTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
}

/** Bytes of memory that a process and all that it started have. */
export function resident(root) {
  const all = processes();
  const tree = new Set([root]);
  for (let before = 0; before !== tree.size;) {
    before = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  return all.filter(({ pid }) => tree.has(pid)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Runs a program to its end; gives seconds, and the most MiB that it and all that it started had at once. */
export async function timed(command, args, options) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: 'ignore', ...options });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, resident(child.pid));
  }, 50);
  const [code] = await once(child, 'exit');
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return { seconds: Math.round((performance.now() - started) / 10) / 100, mib: Math.round(most / 2 ** 20) };
}

function processes() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).map(read).filter(Boolean);
}

function read(pid) {
  try {
    const [, name, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/\((.*)\) \S (\d+)/);
    const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1];
    return { pid, name, parent: Number(parent), bytes: Number(pages) * PAGE };
  } catch {
    // It has ended since it was listed.
    return undefined;
  }
}
