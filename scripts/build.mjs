// `npm run build`: the Worker, as a release, into build/. Does nothing if no source changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packages } from '../tooling/packages.mjs';
import { fail, output, root, run, say } from '../tooling/run.mjs';
import { workerBuild } from '../tooling/rust-tools.mjs';
import { wasmTarget } from '../tooling/wasm-target.mjs';

const MODULE = join(root, 'build', 'index_bg.wasm');
const GLUE = join(root, 'build', 'index.js');
const MICROTASK = join(root, 'src', 'microtask.js');
/** The same with the names of functions. */
export const NAMED = join(root, 'build', 'named.wasm');
const STAMP = join(root, 'build', '.sources');

export async function build() {
  packages();
  const compiler = wasmTarget();
  const sources = fingerprint(compiler);
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return say('the Worker is built');

  const { env, program } = await workerBuild(compiler);
  say('building the Worker into build/ (about 70 s from nothing)');
  rmSync(STAMP, { force: true });
  if (!run(program, ['--release'], { env })) fail('the Worker could not be built: see above');
  // The names of functions are an eighth of the upload. Profilers find them in the other file.
  renameSync(MODULE, NAMED);
  if (!run('wasm-opt', [NAMED, '--all-features', '--strip-debug', '--output', MODULE])) fail('the Worker could not be made smaller: see above');
  const bundle = ['--bundle', '--minify', '--format=esm', '--target=es2022', '--external:cloudflare:workers', '--external:*.wasm', `--inject:${MICROTASK}`, '--log-level=warning'];
  if (!run('esbuild', [GLUE, ...bundle, '--allow-overwrite', `--outfile=${GLUE}`])) fail('the Worker could not be bundled: see above');
  writeFileSync(STAMP, sources);
}

/** Everything the build depends on, as one hash. */
function fingerprint(env) {
  const hash = createHash('sha256').update(output('rustc', ['-vV'], { env }));
  for (const path of ['Cargo.toml', 'Cargo.lock', ...sourceFiles('src'), ...sourceFiles('crates')]) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

function sourceFiles(directory) {
  const entries = readdirSync(join(root, directory), { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'tests' ? [] : sourceFiles(path);
    return /\.(js|rs|toml)$/.test(entry.name) ? [path] : [];
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await build();
