// CPU time of the workerd process that this process started. Linux alone tells it this exactly.
import { readFileSync, readdirSync } from 'node:fs';

export function workerdProcess() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, name, parent] = stat(pid)?.match(/\((.*)\) \S (\d+)/) ?? [];
    if (name === 'workerd' && Number(parent) === process.pid) return pid;
  }
  throw new Error('there is no workerd process');
}

function stat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Nanoseconds that all of its threads have run for. */
export function cpuTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
}
