// Every Worker that a test stops must have nothing secret in its log. This tests that check itself.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leaks } from '../tooling/leaks.mjs';
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
