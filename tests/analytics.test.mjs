// What the Worker tells Analytics Engine, if it has a dataset.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { unstable_readConfig } from 'wrangler';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

it('one point for each attempt, refresh and upgrade, without the user', async () => {
  const vars = { REFRESH_TOKEN_EXPIRE_MINUTES: '60' };
  const worker = await startWorker({ vars, entry: 'tests/support/counted.mjs', cf: { country: 'KR', colo: 'ICN' } });
  await worker.addUser(recordedUsers[0]);
  const { refresh_token, access_token } = await (await worker.login('alice', PASSWORD)).json();
  worker.secrets.add(refresh_token).add(access_token);
  await worker.upgraded(1);
  await worker.login('alice', 'a wrong password');
  await worker.fetch('/api/user/refresh', { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }) });
  await worker.fetch('/health');
  const points = () => worker.logs.filter(({ message }) => message.startsWith('point ')).map(({ message }) => JSON.parse(message.slice('point '.length)));
  while (points().length < 4) await setTimeout(20);
  const point = (event, outcome, format = null, [country, colo] = ['KR', 'ICN']) => ({ blobs: [event, outcome, country, colo, format], indexes: [outcome] });
  assert.deepEqual(points(), [
    point('login', 'ok', 'bcrypt'), point('upgrade', 'ok', 'bcrypt', [null, null]), point('login', 'bad_password', 'argon2id'), point('refresh', 'ok'),
  ]);
  await worker.stop();
});

it('the dataset of wrangler.toml is one that wrangler takes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
  const config = join(folder, 'wrangler.toml');
  writeFileSync(config, readFileSync(join(root, 'wrangler.toml'), 'utf8').replace(/^# (?=\[\[analytics|binding = "ANALYTICS"|dataset = )/gm, ''));
  const { analytics_engine_datasets: datasets } = unstable_readConfig({ config });
  rmSync(folder, { recursive: true });
  assert.deepEqual(datasets.map((dataset) => ({ ...dataset })), [{ binding: 'ANALYTICS', dataset: 'edge_login' }]);
});
