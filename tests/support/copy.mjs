import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../tooling/run.mjs';

const SOURCES = ['.npmrc', 'Cargo.lock', 'Cargo.toml', 'crates', 'migrations', 'package-lock.json', 'package.json', 'public', 'scripts', 'src', 'tooling', 'wrangler.toml'];

/** Makes a folder with the tree's sources and with what is installed and built, but without local state. */
export function copyOfTheTree() {
  const copy = mkdtempSync(join(tmpdir(), 'edge-login-'));
  for (const name of SOURCES) cpSync(join(root, name), join(copy, name), { recursive: true });
  for (const name of ['build', 'node_modules']) symlinkSync(join(root, name), join(copy, name));
  return copy;
}
