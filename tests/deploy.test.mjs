// `npm run deploy -- --dry-run`: what would be uploaded, without an account.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unstable_readConfig } from 'wrangler';
import { root } from './support/worker.mjs';

describe('npm run deploy', () => {
  it('uploads the Worker and its bindings, and nothing of local work', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'edge-login-'));
    const { status, stdout, stderr } = spawnSync('npm', ['run', 'deploy', '--', '--dry-run', '--outdir', outdir], { cwd: root, encoding: 'utf8', env: { ...process.env, WRANGLER_LOG: 'log' } });
    assert.equal(status, 0, stdout + stderr);
    for (const binding of ['env.GUARD (Guard)', 'env.DB', 'env.USERS']) assert.ok(stdout.includes(binding), binding);
    assert.ok(!stdout.includes('SECRET_KEY'));
    assert.ok(readdirSync(outdir).some((name) => name.endsWith('.wasm')));
    rmSync(outdir, { recursive: true });
  });

  it('sets no variable by default', () => {
    const { vars, dev } = unstable_readConfig({ config: join(root, 'wrangler.toml') });
    assert.deepEqual(vars, {});
    assert.equal(dev.host, undefined);
  });
});
