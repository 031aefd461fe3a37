// The memory of a program together with all that it starts, while it runs. Linux only.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { once } from 'node:events';

const PAGE = 4096;

/** Runs a program to its end; gives seconds, and the most MiB that it and its children had at once. */
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

function resident(root) {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(read).filter(Boolean);
  const tree = new Set([root]);
  for (let before = 0; before !== tree.size;) {
    before = tree.size;
    for (const { pid, parent } of processes) if (tree.has(parent)) tree.add(pid);
  }
  return processes.filter(({ pid }) => tree.has(pid)).reduce((sum, { bytes }) => sum + bytes, 0);
}

function read(name) {
  try {
    const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').match(/\) \S (\d+)/);
    const pages = readFileSync(`/proc/${name}/statm`, 'utf8').split(' ')[1];
    return { pid: Number(name), parent: Number(parent), bytes: Number(pages) * PAGE };
  } catch {
    return undefined;
  }
}
