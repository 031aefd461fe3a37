// The headers that every response has, whoever makes it, and whose pages may read it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startWorker } from '../tooling/worker.mjs';

const APP = 'https://app.example.com';
const SECURITY = [
  'content-security-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy', 'permissions-policy', 'referrer-policy',
  'strict-transport-security', 'x-content-type-options', 'x-frame-options', 'x-permitted-cross-domain-policies',
];
const security = ({ headers }) => Object.fromEntries(SECURITY.map((name) => [name, headers.get(name)]));
const sharing = ({ headers }) => Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'));

describe('a response', () => {
  let worker;
  before(async () => {
    worker = await startWorker({ vars: { CORS_ORIGINS: `http://localhost:5173, ${APP}` }, entry: 'tests/support/faulty.mjs' });
  });
  after(() => worker.stop());

  /** The answer of src/deadline.js, which is in front of the WebAssembly instance. */
  const died = async (headers) => {
    const answer = await worker.fetch('/health', { headers: { ...headers, 'x-fault': 'd1 makes it panic' } });
    assert.equal(answer.status, 503);
    return answer;
  };

  it('has the headers of OWASP\'s list, from an endpoint, an asset, an error, or a Worker that has died', async () => {
    const data = {
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-permitted-cross-domain-policies': 'none',
    };
    for (const path of ['/health', '/nothing', '/health/', '/api/user/login']) assert.deepEqual(security(await worker.fetch(path)), data, path);
    assert.deepEqual(security(await worker.login('alice', 'wrong')), data);
    assert.deepEqual(security(await died()), data);
    const docs = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (const path of ['/docs', '/openapi.json', '/docs/swagger-ui-bundle.js']) {
      assert.deepEqual(security(await worker.fetch(path)), { ...data, 'content-security-policy': docs }, path);
    }
  });

  it('can be read by a page of a listed origin alone, and says so to caches', async () => {
    const shared = {
      'access-control-allow-credentials': 'true',
      'access-control-allow-origin': APP,
      'access-control-expose-headers': 'retry-after, www-authenticate',
      vary: 'Origin',
    };
    const answers = [(headers) => worker.fetch('/health', { headers }), (headers) => worker.login('alice', 'wrong', { headers }), (headers) => worker.fetch('/openapi.json', { headers }), died];
    for (const answer of answers) assert.deepEqual(sharing(await answer({ origin: APP })), shared);
    for (const origin of ['https://app.example.org', 'null']) {
      for (const answer of answers) assert.deepEqual(sharing(await answer({ origin })), { vary: 'Origin' });
    }
  });
});
