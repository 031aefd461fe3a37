// The Worker is built again when one of its sources has changed, and only then. The build can be reproduced elsewhere.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { functions } from '../bench/size/functions.mjs';
import { MODULE, NAMED, sources } from '../scripts/build.mjs';
import { cargoHome, environment, root } from '../tooling/run.mjs';

describe('the sources of the Worker', () => {
  const crates = new Set(sources(environment).map((path) => path.match(/^crates\/([^/]+)/)?.[1]));

  it('are those of the crates it depends on, near and far', () => {
    for (const crate of ['accounts', 'auth', 'guard', 'passwords', 'argon2-kernel']) assert.ok(crates.has(crate), crate);
  });

  it('are not those of the command line', () => {
    assert.ok(!crates.has('cli'));
  });
});

describe('the built Worker', () => {
  it('does not say where it was built', () => {
    const text = ['index.js', 'index_bg.wasm'].map((name) => readFileSync(join(root, 'build', name), 'latin1')).join('');
    assert.ok(text.includes('/crates/worker-'), 'the paths are there at all');
    for (const path of [cargoHome, root, homedir(), 'registry/src']) assert.ok(!text.includes(path), path);
  });
});

it('the module that is uploaded has its imports in an encoding that every runtime reads', () => {
  // `functions` refuses others, such as compact imports.
  assert.equal(functions(MODULE).length, functions(NAMED).length);
});
