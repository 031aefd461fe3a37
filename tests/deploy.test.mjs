// `npm run deploy -- --dry-run` shows what would be uploaded. It needs no account.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unstable_readConfig } from 'wrangler';
import { ended, environment, root } from '../tooling/run.mjs';
import { copyOfTheTree } from './support/copy.mjs';

describe('npm run deploy', () => {
  it('uploads the Worker and its bindings, and nothing of local work', () => {
    const copy = copyOfTheTree();
    const local = 'a-canary-that-only-lives-here';
    writeFileSync(join(copy, '.dev.vars'), `SECRET_KEY=${local}\n`);
    const { status, stdout, stderr } = ended('npm', ['run', 'deploy', '--', '--dry-run', '--outdir', 'out'], {
      cwd: copy, env: { ...environment, WRANGLER_LOG: 'log' },
    });
    assert.equal(status, 0, stdout + stderr);
    for (const binding of ['env.GUARD (Guard)', 'env.UPGRADES (Upgrades)', 'env.DB', 'env.USERS', 'env.DOCS_ASSETS']) assert.ok(stdout.includes(binding), binding);

    const uploaded = readdirSync(join(copy, 'out'));
    assert.ok(uploaded.some((name) => name.endsWith('.wasm')));
    const texts = [stdout, stderr, ...uploaded.map((name) => readFileSync(join(copy, 'out', name), 'latin1'))];
    for (const text of texts) assert.ok(!text.includes(local));
    rmSync(copy, { recursive: true });
  });

  it('sets no variable, and keeps no log but the Worker\'s own', () => {
    const { vars, observability } = unstable_readConfig({ config: join(root, 'wrangler.toml') });
    assert.deepEqual(vars, {});
    assert.equal(observability.redact_query_string, true);
    assert.equal(observability.logs.invocation_logs, false);
    assert.equal(observability.traces.enabled, false);
  });
});
