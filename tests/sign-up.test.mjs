// Strangers sign up through the built Worker, in both stores. What its native tests (crates/auth/tests/sign_up.rs) leave out: the
// real stores, requests at the same time, and requests to Turnstile and to the list of breached passwords, which doubles answer.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { startWorker } from '../tooling/worker.mjs';

const PASSWORD = 'a sentence that nobody would guess';
const BREACHED = 'a sentence that everybody has read';
const SECRET = '1x0000000000000000000000000000000AA';

for (const USER_STORE of ['d1', 'kv']) {
  describe(`whoever signs up in ${USER_STORE}`, () => {
    let worker;
    /** What was asked of services elsewhere, and whether they answer. */
    const asked = [];
    let fails = false;
    before(async () => {
      const vars = { USER_STORE, SIGN_UP: 'open', SIGN_UPS_PER_DAY: '6', TURNSTILE_SECRET: SECRET, BREACH_CHECK: '1' };
      worker = await startWorker({ vars, outboundService: elsewhere });
      worker.secrets.add(PASSWORD).add(BREACHED).add(SECRET);
    });
    after(() => worker.stop());

    async function elsewhere(request) {
      const { host, pathname } = new URL(request.url);
      const body = await request.text();
      asked.push({ host, pathname, method: request.method, padding: request.headers.get('add-padding'), body });
      if (fails) return new Response('', { status: 500 });
      if (host === 'elsewhere.example') return Response.json({ success: true });
      if (body.includes('response=moved')) return new Response('', { status: 302, headers: { location: 'https://elsewhere.example/' } });
      if (host === 'challenges.cloudflare.com') return Response.json({ success: new URLSearchParams(body).get('response') === 'solved' });
      const sha1 = createHash('sha1').update(BREACHED).digest('hex').toUpperCase();
      return new Response(`${'0'.repeat(35)}:0\r\n${pathname === `/range/${sha1.slice(0, 5)}` ? `${sha1.slice(5)}:7\r\n` : ''}`);
    }
    const signUp = (username, { password = PASSWORD, challenge = 'solved', client = '192.0.2.1' } = {}) =>
      worker.fetch('/api/user/create', {
        method: 'POST', headers: { 'x-client': client },
        body: new URLSearchParams({ username, password1: password, password2: password, email: `${username}@example.com`, 'cf-turnstile-response': challenge }),
      });
    const login = async (username) => {
      const answer = await worker.login(username, PASSWORD);
      const { access_token } = await answer.json();
      if (access_token) worker.secrets.add(access_token);
      return answer.status;
    };

    it('logs in at once', async () => {
      const answer = await signUp('anna');
      assert.deepEqual([answer.status, await answer.text()], [204, '']);
      assert.equal(await login('anna'), 200);
      const [range, challenge] = asked.splice(0);
      assert.deepEqual([range.host, range.method, range.padding], ['api.pwnedpasswords.com', 'GET', 'true']);
      assert.match(range.pathname, /^\/range\/[0-9A-F]{5}$/);
      assert.deepEqual([challenge.host, challenge.pathname, challenge.method], ['challenges.cloudflare.com', '/turnstile/v0/siteverify', 'POST']);
      assert.deepEqual(Object.fromEntries(new URLSearchParams(challenge.body)), { secret: SECRET, response: 'solved', remoteip: '192.0.2.1' });
    });

    it('is one of those who ask for a name at once', async () => {
      const answers = await Promise.all(['192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'].map((client) => signUp('bob', { client })));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409, 409, 409]);
      assert.equal(await login('bob'), 200);
      assert.equal((await signUp('anna', { client: '192.0.2.2' })).status, 409);
    });

    it('has solved a challenge, and has a password that is in no breach', async () => {
      const refused = await signUp('carol', { challenge: 'not solved' });
      assert.deepEqual([refused.status, await refused.json()], [400, { detail: 'The challenge was not solved' }]);
      const breached = await signUp('carol', { password: BREACHED });
      assert.deepEqual([breached.status, (await breached.json()).detail[0].msg], [422, 'Value error, the password is known from a data breach: choose another']);
      fails = true;
      const closed = await signUp('carol');
      fails = false;
      assert.equal(closed.status, 503);
      assert.equal((await signUp('carol', { challenge: 'moved' })).status, 503);
      assert.ok(!asked.some(({ host }) => host === 'elsewhere.example'), 'a redirect is not followed');
      assert.equal(await login('carol'), 401);
      const { warning, error } = worker.lines('sign_up').at(-2);
      assert.deepEqual([warning, error], ['the password was not looked up among breached ones: it answered 500', 'Turnstile: it answered 500']);
    });

    it('comes from a network that has not used up its day', async () => {
      const client = '198.51.100.1';
      const statuses = [];
      for (const name of ['d01', 'd02', 'd03', 'd04', 'd05', 'anna', 'd07']) statuses.push((await signUp(name, { client })).status);
      assert.deepEqual(statuses, [204, 204, 204, 204, 204, 409, 429]);
      assert.equal((await signUp('d07', { client: '198.51.100.2' })).status, 204);
    });
  });
}
