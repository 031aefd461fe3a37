// Installs the npm packages of a folder, exactly as its package-lock.json names them.
import { join, relative } from 'node:path';
import { once } from './once.mjs';
import { fail, root, run, say } from './run.mjs';

export function packages(folder = root, options = []) {
  const node = Number(process.versions.node.split('.')[0]);
  if (node < 18) fail(`Node ${process.version} is too old: install Node 18 or newer`);

  const place = join(folder, 'node_modules');
  const install = () => {
    say(`installing the npm packages into ${relative(root, place)} (about 20 s)`);
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...options];
    return npm ? run(process.execPath, [npm, ...args], { cwd: folder }) : run('npm', args, { cwd: folder });
  };
  if (!once(join(folder, 'package-lock.json'), place, install)) fail(`npm could not install the packages: type \`npm ci\` in ${folder} to see why`);
}
