#!/usr/bin/env node
// `npm create edge-login [folder]`: makes a project with edge-login in a new folder, and installs its packages.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const { version } = JSON.parse(readFileSync(here('package.json'), 'utf8'));
/** What wrangler needs. */
const NODE = [22, 12];

const folder = resolve(process.argv[2] ?? 'edge-login');
const name = basename(folder).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
if (!name) fail('give the project a name: npm create edge-login my-login');
if (existsSync(folder) && readdirSync(folder).length) fail(`${folder} is not empty`);

cpSync(here('template'), folder, { recursive: true });
// npm leaves files of this name out of packages.
renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'));
edit('package.json', (text) => `${JSON.stringify(manifest(JSON.parse(text)), null, 2)}\n`);
// Without ids, the first deployment creates the database and the namespace.
edit('wrangler.toml', (text) => text.replace(/^name = .*$/m, `name = "${name}"`).replace(/^(database_id|id) = .*\n/gm, ''));
edit('README.md', (text) => text.replace(/^# .*$/m, `# ${name}`));
writeFileSync(join(folder, '.dev.vars'), `SECRET_KEY=${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });

console.log(`edge-login: made ${folder}; installing its packages (about 15 s)`);
const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
const [command, ...args] = [...npm, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
if (spawnSync(command, args, { cwd: folder, stdio: 'inherit' }).status !== 0) fail(`npm could not install the packages: type \`npm install\` in ${folder} to see why`);
console.log(`edge-login: done. Now type\n\n  cd ${relative('', folder) || '.'}\n  npm start\n`);

function manifest({ cloudflare, ...project }) {
  const made = { ...project, name };
  made.dependencies['edge-login'] = `^${version}`;
  if (!newEnough()) {
    made.devDependencies.node = '24';
    made.allowScripts.node = true;
  }
  const packages = process.env.EDGE_LOGIN_PACKAGES;
  if (packages) {
    const packed = (file) => `file:${resolve(packages, `${file}-${version}.tgz`)}`;
    const cli = `edge-login-cli-${process.platform}-${process.arch}`;
    made.dependencies['edge-login'] = packed('edge-login');
    made.optionalDependencies = { [cli]: packed(cli) };
  }
  return made;
}

function newEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
}

function edit(file, change) {
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

function fail(message) {
  console.error(`edge-login: ${message}`);
  process.exit(1);
}
