// Tokens that everyone can verify: the runtime signs them, and other libraries verify them with the published keys.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { startProject } from '../tooling/project.mjs';
import { ended } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const PYTHON = process.env.EDGE_LOGIN_PYTHON;
const KEY_SET = '/.well-known/jwks.json';

for (const algorithm of ['ES256', 'EdDSA']) {
  describe(`a token signed with ${algorithm}`, () => {
    let project;
    let worker;
    let token;
    const keys = () => readFileSync(join(project.folder, 'signing-keys.json'), 'utf8');
    const restarted = async () => {
      await worker?.stop();
      worker = await startWorker({ vars: { SIGNING_KEYS: keys() } });
      for (const { d } of JSON.parse(keys())) if (d) worker.secrets.add(d);
      await worker.addUser(recordedUsers[0]);
    };
    const login = async () => (await (await worker.login('alice', PASSWORD)).json()).access_token;
    const me = (token) => worker.fetch('/api/user/me', { headers: { authorization: `Bearer ${token}` } });
    const verified = (token) => jwtVerify(token, createRemoteJWKSet(new URL(KEY_SET, worker.url)), { algorithms: [algorithm] });
    before(async () => {
      project = startProject();
      project.edgeLogin(['key', 'new', '--algorithm', algorithm]);
      project.edgeLogin(['key', 'use']);
      await restarted();
      token = await login();
    });
    after(async () => {
      await worker.stop();
      project.remove();
    });

    it('names its key, and is good here', async () => {
      assert.deepEqual(decodeProtectedHeader(token), { alg: algorithm, kid: JSON.parse(keys())[0].kid, typ: 'JWT' });
      const answer = await me(token);
      assert.deepEqual([answer.status, await answer.json()], [200, { username: 'alice' }]);
      const [header, payload, signature] = token.split('.');
      const other = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      assert.equal((await me(`${header}.${payload}.${other}`)).status, 401);
    });

    it('is verified by jose, with the published keys', async () => {
      const answer = await worker.fetch(KEY_SET);
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=600');
      const { keys } = await answer.json();
      assert.equal(keys.length, 1);
      assert.ok(!('d' in keys[0]));
      const { payload } = await verified(token);
      assert.equal(payload.sub, 'alice');
      const [header, , signature] = token.split('.');
      const forged = Buffer.from(JSON.stringify({ ...payload, sub: 'bob' })).toString('base64url');
      await assert.rejects(verified(`${header}.${forged}.${signature}`));
    });

    it('is verified by PyJWT, with the published keys', { skip: PYTHON ? false : 'there is no Python 3 with pip' }, () => {
      const script = `import jwt, json, sys
token, url, algorithm = sys.argv[1:]
key = jwt.PyJWKClient(url).get_signing_key_from_jwt(token)
print(json.dumps(jwt.decode(token, key, algorithms=[algorithm])))
try:
    jwt.decode(token[:-8] + "AAAAAAAA", key, algorithms=[algorithm])
    sys.exit("another signature was taken")
except jwt.InvalidSignatureError:
    pass`;
      const { status, stdout, stderr } = ended(PYTHON, ['-c', script, token, new URL(KEY_SET, worker.url).href, algorithm]);
      assert.equal(status, 0, stderr);
      assert.equal(JSON.parse(stdout).sub, 'alice');
    });

    it('is good until its key is revoked, through a rotation', async () => {
      const [{ kid }] = JSON.parse(keys());
      project.edgeLogin(['key', 'new', '--algorithm', algorithm]);
      await restarted();
      assert.equal(decodeProtectedHeader(await login()).kid, kid, 'a key on standby does not sign');
      assert.equal((await (await worker.fetch(KEY_SET)).json()).keys.length, 2);
      project.edgeLogin(['key', 'use']);
      await restarted();
      const later = await login();
      assert.notEqual(decodeProtectedHeader(later).kid, kid);
      for (const either of [token, later]) assert.equal((await verified(either)).payload.sub, 'alice');
      project.edgeLogin(['key', 'revoke', kid]);
      await restarted();
      assert.equal((await me(token)).status, 401);
      await assert.rejects(verified(token));
      assert.equal((await me(await login())).status, 200);
    });
  });
}
