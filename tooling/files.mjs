// The files of a package, and their hashes.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const MANIFEST = 'manifest.json';
export const PACKAGES = 'node_modules';

/**
 * The SHA-256 of each file in a package's folder, by its path. The manifest, which lists them, is not among them, nor are
 * other packages that were put into it.
 */
export function filesOf(folder, below = '') {
  const entries = readdirSync(join(folder, below), { withFileTypes: true }).map((entry) => [entry, below ? `${below}/${entry.name}` : entry.name]);
  const listed = entries.filter(([, path]) => path !== MANIFEST && path !== PACKAGES);
  return Object.assign({}, ...listed.map(([entry, path]) => (entry.isDirectory() ? filesOf(folder, path) : { [path]: hash(join(folder, path)) })));
}

function hash(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
