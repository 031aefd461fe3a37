// Runs a program that serves until Ctrl-C is typed.
import { spawn } from 'node:child_process';

/** Runs the program while `visit` runs, which gets what was printed until wrangler was ready. Gives all that was printed. */
export async function serving(command, args, { cwd, env }, visit) {
  const child = spawn(command, args, { cwd, env: { ...env, WRANGLER_LOG: 'log' }, detached: true });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (printed += data));
  try {
    await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.stdout.on('data', () => /Ready on/.test(printed) && resolve());
      ended.then((code) => reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${printed}`)));
    });
    await visit(printed);
  } finally {
    if (child.pid) process.kill(-child.pid, 'SIGINT');
    await ended;
  }
  return printed;
}
