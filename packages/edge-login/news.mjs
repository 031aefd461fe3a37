// Says after an update what has changed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './tooling/run.mjs';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

/** Prints the changes since the version that was used here last, and remembers this one. */
export function news() {
  const { version } = JSON.parse(read('package.json'));
  const folder = join(root, '.wrangler', 'edge-login');
  const memory = join(folder, 'version');
  const last = existsSync(memory) ? readFileSync(memory, 'utf8') : version;
  if (last !== version) say(`updated from ${last} to ${version}\n\n${since(last)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(memory, version);
}

/** The chapters of the changelog above that of a version. */
function since(version) {
  const [, ...chapters] = read('CHANGELOG.md').split(/^(?=## )/m);
  const known = chapters.findIndex((chapter) => chapter.startsWith(`## ${version}`));
  return chapters.slice(0, known === -1 ? chapters.length : known).join('');
}
