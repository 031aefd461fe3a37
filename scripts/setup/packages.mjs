// The npm packages, exactly as package-lock.json names them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, say } from '../run.mjs';

export function packages() {
  const node = Number(process.versions.node.split('.')[0]);
  if (node < 18) fail(`Node ${process.version} is too old: install Node 18 or newer`);

  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const stamp = join(root, 'node_modules', '.edge-login');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;

  say('installing the npm packages into node_modules (about 20 s)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = npm ? run(process.execPath, [npm, ...args]) : run('npm', args);
  if (!done) fail('npm could not install the packages: type `npm ci` to see why');
  writeFileSync(stamp, lock);
}
