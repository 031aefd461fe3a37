// Compares the installed packages with their manifests.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MANIFEST, PACKAGES, filesOf } from './tooling/files.mjs';
import { say } from './tooling/run.mjs';

/** Says what is wrong in the packages' folders. True if nothing is. */
export function verify(folders) {
  return folders.map(isAsPacked).every(Boolean);
}

function isAsPacked(folder) {
  const { name, version, commit, rustc, files } = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
  const found = { ...filesOf(folder), ...otherPackages(folder) };
  const wrong = Object.keys({ ...files, ...found }).filter((path) => files[path] !== found[path]);
  for (const path of wrong) say(`${name}: ${path} ${found[path] === undefined ? 'is missing' : files[path] === undefined ? 'was added' : 'was changed'}`);
  if (wrong.length === 0) say(`${name} ${version}: all ${Object.keys(files).length} files are as packed, from commit ${commit ?? 'unknown'} with ${rustc}`);
  return wrong.length === 0;
}

/** The folder of other packages inside a package, unless it is empty. Node would look there first. */
function otherPackages(folder) {
  const path = join(folder, PACKAGES);
  return existsSync(path) && readdirSync(path).length > 0 ? { [PACKAGES]: 'packed without' } : {};
}
