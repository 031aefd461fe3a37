// `npm run deploy -- --dry-run` shows what would be uploaded. It needs no account.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unstable_readConfig } from 'wrangler';
import { environmentOf } from '../tooling/deploy.mjs';
import { misconfigured, unset } from '../tooling/deployment.mjs';
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
    for (const binding of ['env.GUARD (Guard)', 'env.HOME (Home)', 'env.UPGRADES (Upgrades)', 'env.DB', 'env.USERS', 'env.DOCS_ASSETS']) assert.ok(stdout.includes(binding), binding);

    const uploaded = readdirSync(join(copy, 'out'));
    assert.ok(uploaded.some((name) => name.endsWith('.wasm')));
    const texts = [stdout, stderr, ...uploaded.map((name) => readFileSync(join(copy, 'out', name), 'latin1'))];
    for (const text of texts) assert.ok(!text.includes(local));
    rmSync(copy, { recursive: true });
  });

  it('says first what is missing', () => {
    const copy = copyOfTheTree();
    const path = join(copy, 'wrangler.toml');
    const vars = '[vars]\nSECRET_KEY = "0123"\nCLIENT_IP_HEADER = "X-Client"\nCORS_ORIGINS = "https://app.example.com,http://localhost:5173"\n';
    const config = readFileSync(path, 'utf8').replace(/^\[vars\]\n/m, vars).replace(/^\[\[ratelimits\]\]\n(.+\n)*/m, '').replace('binding = "DB"', 'binding = "OTHER"');
    writeFileSync(path, config);
    const { status, stdout, stderr } = ended('npm', ['run', 'deploy', '--', '--dry-run', '--outdir', 'out'], { cwd: copy, env: environment });
    rmSync(copy, { recursive: true });
    assert.equal(status, 1);
    const said = [...stderr.matchAll(/^edge-login: (.*?)(?::|, which|, where)/gm)].map(([, message]) => message);
    assert.deepEqual(said, [
      'the binding NETWORK_RATE is missing', 'the binding DB is missing', 'SECRET_KEY is under [vars]', 'CORS_ORIGINS has http',
      'CLIENT_IP_HEADER is X-Client',
    ]);
    assert.doesNotMatch(stdout + stderr, /Total Upload|0123/, 'nothing was uploaded');
  });

  it('takes its own configuration, and a store in KV without a database', () => {
    const config = unstable_readConfig({ config: join(root, 'wrangler.toml') });
    assert.deepEqual(misconfigured(config), []);
    const relayed = { ...config, workers_dev: false, vars: { CLIENT_IP_HEADER: 'X-Client' } };
    assert.deepEqual(misconfigured(relayed), []);
    const kv = { ...config, d1_databases: [], vars: { USER_STORE: 'kv' } };
    assert.deepEqual(misconfigured(kv), []);
    assert.match(misconfigured({ ...kv, kv_namespaces: [] }).join(), /USERS is missing/);
  });

  it('wants the secret of a Worker that is there', () => {
    assert.deepEqual(unset({ status: 0, stdout: '[{"name":"SECRET_KEY","type":"secret_text"}]' }), []);
    assert.match(unset({ status: 0, stdout: 'a warning\n[{"name":"OTHER","type":"secret_text"}]' }).join(), /no SECRET_KEY/);
    assert.match(unset({ status: 0, stdout: '[]' }).join(), /wrangler secret put SECRET_KEY/);
    assert.deepEqual(unset({ status: 1, stdout: '' }), [], 'it is not there yet');
  });

  it('asks about the environment that is deployed', () => {
    assert.deepEqual(environmentOf(['--env', 'staging', '--keep-vars']), ['--env', 'staging']);
    assert.deepEqual(environmentOf(['-e=staging', '--config=other.toml']).slice(-2), ['--config', 'other.toml']);
    assert.deepEqual(environmentOf(['--dry-run', '--outdir', 'out']), []);
  });

  it('sets no variable, and keeps no log but the Worker\'s own', () => {
    const { vars, observability } = unstable_readConfig({ config: join(root, 'wrangler.toml') });
    assert.deepEqual({ ...vars }, {});
    assert.equal(observability.redact_query_string, true);
    assert.equal(observability.logs.invocation_logs, false);
    assert.equal(observability.traces.enabled, false);
  });
});
