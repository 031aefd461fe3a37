// Runs the command line while this process goes on, as it must for whoever the command line asks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { target } from './run.mjs';

const program = join(target, 'debug', 'edge-login');

/** Runs a command to its end. Gives its exit code, the JSON that it answers, and what it says beside that. */
export async function edgeLogin(args, { input = '', env, cwd = tmpdir() } = {}) {
  const child = spawn(program, [...args, '--json'], { cwd, env: { ...process.env, ...env } });
  // A command that asks for nothing may have ended.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { status, answer: parsed(stdout || stderr), stderr };
}

function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
