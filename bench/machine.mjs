// Where and with what something was measured, and how much CPU time it took.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/run.mjs';

const version = (name) => createRequire(import.meta.url)(`${name}/package.json`).version;

/** What a result has to say of its origin. */
export function origin() {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: { cpu: cpus()[0].model.trim(), cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30) },
    versions: {
      'edge-login': JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
      workerd: version('workerd'),
      node: process.versions.node,
    },
  };
}

/** The workerd that this process started. Call it while there is one. */
export function workerd() {
  const children = readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean);
    } catch {
      return []; // A thread that has ended.
    }
  });
  const found = children.filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd'));
  if (found.length !== 1) throw new Error(`one workerd was expected, there are ${found.length}`);
  return Number(found[0]);
}

/** The CPU time that a process has taken up to now, all threads together, in milliseconds. Linux only. */
export function cpuTime(pid) {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

/** Of numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
