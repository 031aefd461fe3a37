// Every Worker that a test stops must have nothing secret in its log, and only documented lines. This tests those checks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { leaks } from '../tooling/leaks.mjs';
import { undocumented } from '../tooling/log-lines.mjs';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

describe('the search for secrets in logs', () => {
  it('finds each kind', () => {
    const secrets = new Set(['hunter2', 'alice', 'quo"ted']);
    const found = ['{"user":"quo\\"ted"}', 'hunter2 logged in', 'x$2b$04$abc', 'a $argon2id$v=19', 'Bearer eyJhbGciOi.eyJzdWIi.sig', 'user alice'];
    const logs = [...found, '{"event":"login","outcome":"ok","format":"argon2id"}'].map((message) => ({ message }));
    assert.deepEqual(leaks(logs, secrets).map(({ message }) => message), found);
  });

  it('ends a test whose Worker logged one', async () => {
    const worker = await startWorker();
    await worker.addUser(recordedUsers[0]);
    await worker.login('alice', PASSWORD);
    assert.equal(worker.attempts().length, 1);
    worker.logs.push({ message: `alice sent ${PASSWORD}` });
    await assert.rejects(worker.stop(), assert.AssertionError);
  });
});

describe('the schema of log lines', () => {
  const time = '2026-11-22T19:00:00.123Z';
  const line = (fields) => ({ message: JSON.stringify(fields) });

  it('describes what is logged, and nothing else', () => {
    const described = [
      { event: 'login', time, outcome: 'ok', user: 'f69e9c5f90344d33', country: 'KR', colo: 'ICN', format: 'argon2id' },
      { event: 'configuration', warning: 'a binding is absent' },
      { event: 'guard', evicted: 3, delaying: 0, trusted: 0 },
    ].map(line);
    const others = [
      { event: 'login', time, outcome: 'ok', password: 'hunter2' },
      { event: 'login', time, outcome: 'fine' },
      { event: 'login', time: 'yesterday', outcome: 'ok' },
      { event: 'login', time, outcome: 'ok', user: 'alice' },
      { event: 'other', time },
      {},
    ].map(line);
    assert.deepEqual(undocumented([...described, ...others, { message: 'Rust panic' }]), others);
  });

  it('ends a test whose Worker logged another line', async () => {
    const worker = await startWorker();
    worker.logs.push(line({ event: 'login', outcome: 'ok' }));
    await assert.rejects(worker.stop(), assert.AssertionError);
  });

  it('has every outcome and event that docs/OPERATIONS.md explains', () => {
    const page = readFileSync(join(root, 'docs/OPERATIONS.md'), 'utf8');
    const { $defs } = JSON.parse(readFileSync(join(root, 'docs/log-lines.schema.json'), 'utf8'));
    for (const { properties: { event, outcome } = {} } of Object.values($defs)) {
      for (const name of [event?.const, ...event?.enum ?? [], ...outcome?.enum ?? []].filter(Boolean)) assert.ok(page.includes(`\`${name}\``), name);
    }
  });
});
