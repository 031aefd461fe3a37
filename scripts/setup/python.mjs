// A Python with the libraries that tests verify tokens with. Only the tests want it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, output, root, run, say } from '../run.mjs';

const requirements = join(root, 'tests', 'requirements.txt');

/** The interpreter's path, or undefined where there is no Python 3 with pip. */
export function python() {
  const place = join(root, '.tools', 'python');
  const program = join(place, 'bin', 'python');
  const stamp = join(place, '.requirements');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return program;

  say('installing python-jose and PyJWT into .tools/python (about 15 s)');
  rmSync(place, { recursive: true, force: true });
  const installed = output('python3', ['--version']) && run('python3', ['-m', 'venv', place])
    && run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
  if (installed) {
    writeFileSync(stamp, wanted);
    return program;
  }
  const missing = 'Python 3 with venv and pip is missing (on Debian: apt-get install python3-venv)';
  if (process.env.CI) fail(missing);
  say(`${missing}: the tests that verify tokens with python-jose and PyJWT are skipped`);
  return undefined;
}
