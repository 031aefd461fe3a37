// `npm run build`: builds the Worker as a release into build/. Does nothing if no source has changed.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiled } from '../tooling/compiled.mjs';
import { packages } from '../tooling/packages.mjs';
import { remapped } from '../tooling/remap.mjs';
import { fail, output, root, run, say, target } from '../tooling/run.mjs';
import { wasmTarget } from '../tooling/wasm-target.mjs';

/** The module that is uploaded. */
export const MODULE = join(root, 'build', 'index_bg.wasm');
const BUNDLE = join(root, 'build', 'index.js');
/** The module as it was compiled, with the JavaScript that the entry imports. */
const GLUE = join(root, 'build', 'glue');
const MICROTASK = join(root, 'src', 'microtask.js');
/** The entry, which imports the glue. */
const ENTRY = join(root, 'src', 'deadline.js');
/** The same module, with the names of its functions. */
export const NAMED = join(root, 'build', 'named.wasm');
/** Runs in the Node of package.json, as the kernel's instructions are newer than Node 18. */
const KERNEL = join(root, 'tooling', 'kernel.mjs');
/** Levels of optimization and shrinking at which binaryen writes a module with fewer locals. Without a pass, nothing is moved. */
const COMPACT = ['--optimize-level=2', '--shrink-level=1'];
/** What the Worker's binding of static assets serves. */
const ASSETS = join(root, 'build', 'assets');
/** The files of Swagger UI that are served, and its licence. */
const SWAGGER_UI = ['LICENSE', 'NOTICE', 'swagger-ui-bundle.js', 'swagger-ui.css'];
const STAMP = join(root, 'build', '.sources');

export async function build() {
  packages();
  const compiler = wasmTarget();
  const wanted = fingerprint(compiler);
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return say('the Worker is built');

  rmSync(STAMP, { force: true });
  if (!existsSync(join(compiler.CARGO_TARGET_DIR ?? target, 'wasm32-unknown-unknown'))) {
    say('the first build takes a minute or two; later starts take seconds. `npm create edge-login` makes a project that needs no compiler');
  }
  await compiled(remapped(compiler), GLUE);
  if (!run('node', [KERNEL, join(GLUE, 'index_bg.wasm'), NAMED])) fail('the instructions of the kernel could not be reordered: see above');
  // The names of functions would be an eighth of the upload. Profilers find them in the other file. With `--all-features`,
  // binaryen would encode imports in a way that is so new that Cloudflare may not read it.
  if (!run('wasm-opt', [NAMED, '--strip-debug', ...COMPACT, '--output', MODULE])) fail('the Worker could not be made smaller: see above');
  const bundle = ['--bundle', '--minify', '--format=esm', '--target=es2022', '--external:cloudflare:workers', '--external:*.wasm', `--inject:${MICROTASK}`, '--log-level=warning'];
  if (!run('esbuild', [ENTRY, ...bundle, `--outfile=${BUNDLE}`])) fail('the Worker could not be bundled: see above');
  assets();
  writeFileSync(STAMP, wanted);
}

function assets() {
  rmSync(ASSETS, { recursive: true, force: true });
  cpSync(join(root, 'public'), ASSETS, { recursive: true });
  for (const name of SWAGGER_UI) cpSync(join(root, 'node_modules', 'swagger-ui-dist', name), join(ASSETS, 'docs', name));
  cpSync(join(root, 'node_modules', 'swagger-ui-dist', 'favicon-32x32.png'), join(ASSETS, 'docs', 'icon.png'));
}

/** Everything the build depends on, as one hash. */
function fingerprint(env) {
  const hash = createHash('sha256').update(output('rustc', ['-vV'], { env }));
  for (const path of sources(env)) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** The files that the Worker is built from. The command line and the tests are not among them. */
export function sources(env) {
  const metadata = output('cargo', ['metadata', '--no-deps', '--format-version', '1'], { env }) ?? fail('Cargo.toml is wrong: type `cargo metadata` to see why');
  const { packages: crates } = JSON.parse(metadata);
  const folders = new Set([root]);
  // The loop also reaches what is added to the set on the way.
  for (const folder of folders) {
    const { dependencies } = crates.find(({ manifest_path: path }) => dirname(path) === folder);
    for (const { path, kind } of dependencies) if (path && kind !== 'dev') folders.add(path);
  }
  const built = [...folders].map((folder) => relative(root, folder)).sort().flatMap((crate) => [join(crate, 'Cargo.toml'), ...filesIn(join(crate, 'src'))]);
  return ['Cargo.lock', 'package-lock.json', 'scripts/build.mjs', 'tooling/compiled.mjs', 'tooling/kernel.mjs', 'tooling/remap.mjs', 'tooling/glue/src/main.rs', ...filesIn('public'), ...built];
}

function filesIn(folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)])).sort();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await build();
