// `npm run package`: packs what npm publishes into dist/. The packages' own files are in packages/. The command line
// is built for this platform, or taken from a folder that is named, which has it for several: linux-x64/edge-login.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MANIFEST, filesOf } from '../tooling/files.mjs';
import { fail, output, root, run, say, target } from '../tooling/run.mjs';
import { sbom } from '../tooling/sbom.mjs';
import { wasmTarget } from '../tooling/wasm-target.mjs';
import { build } from './build.mjs';

const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT'];
/** What the package shares with a clone. */
const SHARED = [
  'CHANGELOG.md', 'scripts/check-configuration.mjs', 'scripts/check-deployment.mjs', 'scripts/demo-user.mjs',
  ...['deploy', 'deployment', 'dev-vars', 'files', 'local', 'port', 'run', 'users', 'workerd'].map((name) => `tooling/${name}.mjs`),
];
const TEMPLATE = ['.dev.vars.example', 'README.md', 'package.json', 'wrangler.toml'];

/** The platforms that can have a command line, as Node and Rust call them. */
const TARGETS = {
  'darwin-arm64': 'aarch64-apple-darwin',
  'darwin-x64': 'x86_64-apple-darwin',
  'linux-arm64': 'aarch64-unknown-linux-gnu',
  'linux-x64': 'x86_64-unknown-linux-gnu',
};

/** The version of everything. It is written in Cargo.toml alone. */
export function version() {
  return readFileSync(join(root, 'Cargo.toml'), 'utf8').match(/^\[workspace\.package\]\nversion = "(.+)"$/m)[1];
}

/**
 * Packs the built Worker, the command line, and the starter of projects, into a folder. Gives the files' names.
 * @param programs the paths of the command line's programs, by platform
 */
export function pack(programs, folder) {
  const origin = toolchain();
  const staging = mkdtempSync(join(tmpdir(), 'edge-login-package-'));
  const packages = [worker(Object.keys(programs)), ...Object.entries(programs).map(commandLine), starter()];
  const places = packages.map((contents) => layOut(staging, contents, origin));

  mkdirSync(folder, { recursive: true });
  const packed = output('npm', ['pack', '--silent', '--pack-destination', folder, ...places]) ?? fail('npm could not pack: type `npm pack --dry-run` to see why');
  rmSync(staging, { recursive: true });
  return packed.split('\n');
}

function worker(platforms) {
  const same = [...SHARED, ...readdirSync(join(root, 'migrations')).map((name) => `migrations/${name}`)];
  const own = ['edge-login', 'news', 'verify'].map((name) => `${name}.mjs`);
  return {
    source: 'edge-login',
    about: { optionalDependencies: Object.fromEntries(platforms.map((platform) => [`edge-login-cli-${platform}`, version()])) },
    files: {
      ...Object.fromEntries(same.map((path) => [path, path])),
      ...Object.fromEntries(own.map((name) => [name, `packages/edge-login/${name}`])),
      'tooling/root.mjs': 'packages/edge-login/root.mjs',
      assets: 'build/assets',
      'worker/index.d.ts': 'packages/edge-login/index.d.ts',
      'worker/index.js': 'build/index.js',
      'worker/index_bg.wasm': 'build/index_bg.wasm',
    },
    bill: sbom('edge-login', 'wasm32-unknown-unknown'),
  };
}

function commandLine([platform, program]) {
  const [os, cpu] = platform.split('-');
  return {
    source: 'edge-login-cli',
    about: { name: `edge-login-cli-${platform}`, os: [os], cpu: [cpu] },
    files: { 'edge-login': program },
    bill: sbom('edge-login-cli', TARGETS[platform] ?? fail(`${platform} is none of ${Object.keys(TARGETS).join(', ')}`)),
  };
}

function starter() {
  return {
    source: 'create-edge-login',
    files: {
      'create-edge-login.mjs': 'packages/create-edge-login/create-edge-login.mjs',
      ...Object.fromEntries(TEMPLATE.map((name) => [`template/${name}`, `template/${name}`])),
      // npm leaves files called .gitignore out of packages.
      'template/gitignore': 'template/.gitignore',
    },
  };
}

/** Puts a package's files into a folder of its own, with what every package has. Gives the folder. */
function layOut(staging, { source, about, files, bill }, origin) {
  const own = join(root, 'packages', source);
  const manifest = { ...JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')), version: version(), ...about };
  const place = join(staging, manifest.name);
  const all = { ...files, 'README.md': join(own, 'README.md'), ...Object.fromEntries(LICENCES.map((name) => [name, name])) };
  for (const [path, from] of Object.entries(all)) cpSync(resolve(root, from), join(place, path), { recursive: true });
  const put = (name, content) => writeFileSync(join(place, name), `${JSON.stringify(content, null, 2)}\n`);
  put('package.json', manifest);
  if (bill) put('sbom.cdx.json', bill);
  put(MANIFEST, { name: manifest.name, version: version(), ...origin, files: filesOf(place) });
  return place;
}

/** What the packages are built from and with. The commit is null outside a clone. */
function toolchain() {
  const { devDependencies: { binaryen, esbuild } } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    commit: output('git', ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']),
    rustc: output('rustc', ['--version'], { env: wasmTarget() }),
    binaryen,
    esbuild,
  };
}

/** Builds the command line as a release. Gives its path. */
function built() {
  say('building the command line (about 90 s from nothing)');
  if (!run('cargo', ['build', '--release', '--locked', '--quiet', '--package', 'edge-login-cli'])) fail('the command line could not be built: see above');
  return join(target, 'release', 'edge-login');
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [given] = process.argv.slice(2);
  const dist = join(root, 'dist');
  await build();
  const programs = given
    ? Object.fromEntries(readdirSync(given).map((platform) => [platform, resolve(given, platform, 'edge-login')]))
    : { [`${process.platform}-${process.arch}`]: built() };
  rmSync(dist, { recursive: true, force: true });
  for (const name of pack(programs, dist)) say(`packed dist/${name}`);
}
