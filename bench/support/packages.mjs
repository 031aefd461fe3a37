// What benchmarks compare with comes from lock files of its own: nothing of it is part of the Worker.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tests/support/worker.mjs';

const here = join(root, 'bench/peers');

/** Installs bench/peers/package-lock.json unless that is done. */
export function packages() {
  once(join(here, 'package-lock.json'), join(here, 'node_modules'), () => {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
  });
}

/** A Python with bench/peers/requirements.txt: its interpreter's path. */
export function python() {
  const requirements = join(here, 'requirements.txt');
  const place = join(root, '.tools/bench-peers');
  const program = join(place, 'bin/python');
  once(requirements, place, () => {
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
    execFileSync('python3', ['-m', 'venv', place], quiet);
    execFileSync(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements], quiet);
  });
  return program;
}

function once(list, place, install) {
  const stamp = join(place, '.installed');
  const wanted = createHash('sha256').update(readFileSync(list)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(place, { recursive: true, force: true });
  install();
  writeFileSync(stamp, wanted);
}
