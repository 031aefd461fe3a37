// `npm run package`: packs what npm publishes into dist/. The packages' own files are in packages/.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, output, root, run, say, target } from '../tooling/run.mjs';
import { build } from './build.mjs';

/** What the package shares with a clone. */
const SHARED = ['scripts/demo-user.mjs', ...['local', 'local-stores', 'run', 'users'].map((name) => `tooling/${name}.mjs`)];
const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT'];

export const platform = `${process.platform}-${process.arch}`;

/** The version of everything. It is written in Cargo.toml alone. */
export function version() {
  return readFileSync(join(root, 'Cargo.toml'), 'utf8').match(/^\[workspace\.package\]\nversion = "(.+)"$/m)[1];
}

/** Packs the built Worker, a program of the command line, and the starter of projects, into a folder. */
export function pack(program, folder) {
  const staging = mkdtempSync(join(tmpdir(), 'edge-login-package-'));
  const cli = `edge-login-cli-${platform}`;
  const stages = [
    stage('edge-login', { version: version(), optionalDependencies: { [cli]: version() } }, [
      [`${root}/build/index.js`, 'worker/'], [`${root}/build/index_bg.wasm`, 'worker/'], [`${root}/packages/edge-login/index.d.ts`, 'worker/'],
      ...['edge-login', 'deploy', 'news'].map((name) => [`${root}/packages/edge-login/${name}.mjs`, '']),
      ...SHARED.map((name) => [join(root, name), `${dirname(name)}/`]), [`${root}/packages/edge-login/root.mjs`, 'tooling/'],
      [`${root}/migrations`, ''], [`${root}/CHANGELOG.md`, ''],
    ]),
    stage('edge-login-cli', { name: cli, version: version(), os: [process.platform], cpu: [process.arch] }, [[program, '']]),
    stage('create-edge-login', { version: version() }, [[`${root}/packages/create-edge-login/create-edge-login.mjs`, ''], [`${root}/template`, '']]),
  ];
  // npm leaves files of this name out of packages.
  const template = join(staging, 'create-edge-login', 'template');
  renameSync(join(template, '.gitignore'), join(template, 'gitignore'));

  mkdirSync(folder, { recursive: true });
  const packed = output('npm', ['pack', '--silent', '--pack-destination', folder, ...stages]) ?? fail('npm could not pack: type `npm pack --dry-run` to see why');
  rmSync(staging, { recursive: true });
  return packed.split('\n');

  /** Lays out a package: its manifest with more fields, its README, licences, and files with the folders they go into. */
  function stage(name, fields, files) {
    const place = join(staging, name);
    const source = join(root, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    const always = [join(source, 'README.md'), ...LICENCES.map((licence) => join(root, licence))];
    for (const [path, into] of [...always.map((path) => [path, '']), ...files]) cpSync(path, join(place, into, basename(path)), { recursive: true });
    writeFileSync(join(place, 'package.json'), `${JSON.stringify({ ...manifest, ...fields }, null, 2)}\n`);
    return place;
  }
}

/** Builds the command line as a release. Gives its path. */
function commandLine() {
  say('building the command line (about 90 s from nothing)');
  if (!run('cargo', ['build', '--release', '--locked', '--quiet', '--package', 'edge-login-cli'])) fail('the command line could not be built: see above');
  return join(target, 'release', 'edge-login');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build();
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  for (const name of pack(commandLine(), dist)) say(`packed dist/${name}`);
}
