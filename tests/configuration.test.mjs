// A Worker whose configuration is wrong serves nobody; the log says which variable and what to do.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const wrong = [
  ['no secret', { SECRET_KEY: null }, 'SECRET_KEY is missing'],
  ['a short secret', { SECRET_KEY: randomBytes(15).toString('hex') }, 'SECRET_KEY is shorter than 32 bytes'],
  ['a placeholder', { SECRET_KEY: 'changethis' }, 'SECRET_KEY is a known placeholder'],
  ["the tutorial's secret", { SECRET_KEY: '4ab2fce7a6bd79e1c014396315ed322dd6edb1c5d975c6b74a2904135172c03c' }, 'SECRET_KEY is a known placeholder'],
  ['one character', { SECRET_KEY: 'a'.repeat(64) }, 'SECRET_KEY is a known placeholder or repeats a short string'],
  ['a lifetime that is none', { ACCESS_TOKEN_EXPIRE_MINUTES: 'soon' }, 'ACCESS_TOKEN_EXPIRE_MINUTES is "soon"'],
  ['a list where a string belongs', { AUDIENCE: ['a', 'b'] }, 'AUDIENCE is not a string'],
  ["an example's secret", { SECRET_KEY: 'a-string-secret-at-least-256-bits-long' }, 'SECRET_KEY is a known placeholder'],
  ['a header that can be none', { CLIENT_IP_HEADER: 'X-Client: IP' }, 'CLIENT_IP_HEADER is "X-Client: IP"'],
  ['an unknown way to compare names', { USERNAME_CASE: 'upper' }, 'USERNAME_CASE is "upper"'],
  ['an unknown store', { USER_STORE: 'redis' }, 'USER_STORE is "redis"'],
];

describe('a wrong configuration', () => {
  for (const [name, vars, error] of wrong) {
    it(`${name}: 500, and the reason in the log`, async () => {
      const worker = await startWorker({ vars });
      const answer = await worker.login('alice', PASSWORD);
      assert.equal(answer.status, 500);
      assert.deepEqual(await answer.json(), { detail: 'Internal Server Error' });
      const { level, message } = worker.logs.at(-1);
      assert.equal(level, 'error');
      const line = JSON.parse(message);
      assert.equal(line.event, 'configuration');
      assert.ok(line.error.startsWith(error), line.error);
      if (error.startsWith('SECRET_KEY')) assert.match(line.error, /openssl rand -hex 32/);

      const health = await worker.fetch('/health');
      assert.equal(health.status, 503);
      assert.equal((await health.json()).failed, 'configuration');
      await worker.stop();
    });
  }
});

describe('variables', () => {
  it('may be numbers, and an empty one is absent', async () => {
    const worker = await startWorker({ vars: { ACCESS_TOKEN_EXPIRE_MINUTES: 5, ISSUER: '', AUDIENCE: 'api' } });
    await worker.addUser(recordedUsers[0]);
    const { expires_in, access_token } = await (await worker.login('alice', PASSWORD)).json();
    const { iss, aud, iat, exp } = decodeJwt(access_token);
    assert.deepEqual({ expires_in, iss, aud, lifetime: exp - iat }, { expires_in: 300, iss: undefined, aud: 'api', lifetime: 300 });
    await worker.stop();
  });
});
