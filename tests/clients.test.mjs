// Clients that nobody here has written log in, refresh, revoke and introspect.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { ended } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';
import { inGo, inRust, withoutGo } from './support/services.mjs';

const SERVICE = 'service';
/** With characters that clients form-encode before they make Basic credentials of them. */
const SERVICE_SECRET = 'a-secret_with.what+clients=encode%7E~!';
const API_SECRET = '7d1e5b0c9a3f48e2b6c4d8f01a2e3b5c';
const insecure = { [oauth.allowInsecureRequests]: true };

describe('an unmodified client', () => {
  let worker;
  before(async () => {
    const INTROSPECTION_CLIENTS = `${SERVICE}:${SERVICE_SECRET}, api:${API_SECRET}`;
    worker = await startWorker({ vars: { REFRESH_TOKEN_EXPIRE_MINUTES: '60', INTROSPECTION_CLIENTS } });
    worker.secrets.add(PASSWORD);
    await worker.addUser(recordedUsers[0]);
  });
  after(() => worker.stop());

  it('from oauth4webapi', async () => {
    const issuer = new URL(worker.url);
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
    const server = await oauth.processDiscoveryResponse(issuer, found);
    const client = { client_id: 'front-end' };
    const service = { client_id: SERVICE };
    const introspect = async (token) => oauth.processIntrospectionResponse(server, service,
      await oauth.introspectionRequest(server, service, oauth.ClientSecretBasic(SERVICE_SECRET), token, insecure));
    const refresh = async (token) => oauth.processRefreshTokenResponse(server, client,
      await oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, insecure));

    const form = new URLSearchParams({ username: 'alice', password: PASSWORD });
    const login = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), 'password', form, insecure);
    const first = await oauth.processGenericTokenEndpointResponse(server, client, login);
    const second = await refresh(first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal((await introspect(second.access_token)).username, 'alice');
    const revoked = await oauth.revocationRequest(server, client, oauth.None(), second.refresh_token, insecure);
    assert.equal(await oauth.processRevocationResponse(revoked), undefined);
    assert.deepEqual(await introspect(second.access_token), { active: false });
    await assert.rejects(refresh(second.refresh_token), { code: oauth.RESPONSE_BODY_ERROR, error: 'invalid_grant' });
  });

  it('from openid-client', async () => {
    const discover = (id, authentication) => openid.discovery(new URL(worker.url), id, undefined, authentication,
      { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] });
    const client = await discover('front-end', openid.None());
    const service = await discover(SERVICE, openid.ClientSecretBasic(SERVICE_SECRET));
    const first = await openid.genericGrantRequest(client, 'password', { username: 'alice', password: PASSWORD });
    const second = await openid.refreshTokenGrant(client, first.refresh_token);
    assert.equal((await openid.tokenIntrospection(service, second.access_token)).username, 'alice');
    await openid.tokenRevocation(client, second.access_token);
    assert.equal((await openid.tokenIntrospection(service, second.access_token)).active, false);
    await assert.rejects(openid.refreshTokenGrant(client, second.refresh_token), { error: 'invalid_grant' });
  });

  const python = process.env.EDGE_LOGIN_PYTHON;
  for (const library of ['Authlib', 'requests-oauthlib']) {
    it(`from ${library}`, { skip: python ? false : 'there is no Python 3 with pip' }, () => {
      const { stdout, stderr } = ended(python, ['tests/support/clients.py', library, worker.url.toString(), PASSWORD, SERVICE_SECRET]);
      assert.equal(stdout, 'ok\n', stderr);
    });
  }

  describe('written as docs/SESSIONS.md shows', () => {
    const document = readFileSync(new URL('../docs/SESSIONS.md', import.meta.url), 'utf8');
    const example = (language) => document.split(`<!-- ${language}: introspect -->`)[1].match(/```\w+\n([^]*?)```/)[1];
    const LOGIN = () => new URL(worker.url).origin;
    const token = async () => (await (await worker.login('alice', PASSWORD)).json()).access_token;
    const logout = (token) => worker.fetch('/api/user/logout', { method: 'POST', headers: { authorization: `Bearer ${token}` } });

    it('asks from Node', async () => {
      const userOf = new Function('LOGIN', 'CLIENT_SECRET', `${example('node')}; return userOf;`)(LOGIN(), API_SECRET);
      const good = await token();
      assert.equal(await userOf(good), 'alice');
      await logout(good);
      assert.equal(await userOf(good), undefined);
    });

    it('asks from Python', { skip: python ? false : 'there is no Python 3 with pip' }, async () => {
      const [good, bad] = [await token(), await token()];
      await logout(bad);
      const script = `LOGIN, CLIENT_SECRET = ${JSON.stringify(LOGIN())}, ${JSON.stringify(API_SECRET)}
${example('python')}
import sys
print(user_of(sys.argv[1]), user_of(sys.argv[2]))`;
      const { stdout, stderr } = ended(python, ['-c', script, good, bad]);
      assert.equal(stdout, 'alice None\n', stderr);
    });

    const asked = async (program) => {
      const [good, bad] = [await token(), await token()];
      await logout(bad);
      return ended(program, [good, bad], { env: { ...process.env, LOGIN: LOGIN(), CLIENT_SECRET: API_SECRET } });
    };

    it('asks from Go', { skip: withoutGo }, async () => {
      const imports = ['encoding/json', 'errors', 'net/http', 'net/url', 'strings'].map((name) => `import "${name}"\n`);
      const { stdout, stderr } = await asked(await inGo('introspect', `package main\n${imports.join('')}${example('go')}`, ['introspect.go']));
      assert.equal(stdout, '"alice"\n""\n', stderr);
    });

    it('asks from Rust', async () => {
      const { stdout, stderr } = await asked(await inRust('introspect', example('rust')));
      assert.equal(stdout, 'alice\nnobody\n', stderr);
    });
  });
});
