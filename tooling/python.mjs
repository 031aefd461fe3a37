// Makes a virtual environment in .tools for a list of Python libraries.
import { join } from 'node:path';
import { once } from './once.mjs';
import { root, run, say } from './run.mjs';

/** The interpreter's path, or undefined where there is no Python 3 with venv and pip. */
export function python(requirements, name, ...options) {
  const place = join(root, '.tools', name);
  const program = join(place, 'bin', 'python');
  const install = () => {
    say(`installing ${requirements} into .tools/${name} (about 20 s)`);
    return run('python3', ['-m', 'venv', '--clear', place])
      && run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...options, '--requirement', requirements]);
  };
  return once(join(root, requirements), place, install) ? program : undefined;
}
