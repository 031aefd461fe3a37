// A bill of materials in CycloneDX: the crates that a program is built from. Those that only tests or build
// scripts use are not among them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, output, root } from './run.mjs';

/** The bill of one of the workspace's crates, built for a target. */
export function sbom(crate, target) {
  const args = ['tree', '--locked', '--package', crate, '--target', target, '--edges', 'normal', '--prefix', 'none', '--no-dedupe', '--format', '{p};{l}'];
  const tree = output('cargo', args) ?? fail('the crates could not be listed: type `cargo tree` to see why');
  const checksums = checksumsOf(readFileSync(join(root, 'Cargo.lock'), 'utf8'));
  const component = (line) => {
    const [, name, version, license] = line.match(/^(\S+) v(\S+)[^;]*;(.*)$/);
    const purl = `pkg:cargo/${name}@${version}`;
    const checksum = checksums.get(purl);
    return {
      type: 'library',
      'bom-ref': purl,
      name,
      version,
      // Some older crates separate alternatives by a slash, which SPDX does not know.
      ...(license && { licenses: [{ expression: license.replace(/ ?\/ ?/g, ' OR ') }] }),
      purl,
      ...(checksum && { hashes: [{ alg: 'SHA-256', content: checksum }] }),
    };
  };
  const [top, ...lines] = tree.split('\n');
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { ...component(top), type: 'application' } },
    components: [...new Set(lines)].sort().map(component),
  };
}

/** The checksums of a Cargo.lock. Crates of the workspace have none. */
function checksumsOf(lock) {
  const entries = lock.matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"/g);
  return new Map([...entries].map(([, name, version, checksum]) => [`pkg:cargo/${name}@${version}`, checksum]));
}
