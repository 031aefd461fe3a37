// The services behind a login check tokens with other libraries and the shared secret.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { ended } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { stores } from '../tooling/users.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const ISSUER = 'https://login.example.com';
const AUDIENCE = 'https://api.example.com';

describe('a token', () => {
  let worker;
  let token;
  let other;
  before(async () => {
    worker = await startWorker({ vars: { ISSUER, AUDIENCE, ACCESS_TOKEN_EXPIRE_MINUTES: '60' } });
    for (const user of recordedUsers) await worker.addUser(user);
    token = await login('alice', PASSWORD);
    other = await login('김철수', '비밀번호 1+1=2 & 100%');
  });
  after(() => worker.stop());

  async function login(username, password) {
    return (await (await worker.login(username, password)).json()).access_token;
  }

  function check(claims, sub) {
    assert.equal(claims.sub, sub);
    assert.equal(claims.iss, ISSUER);
    assert.equal(claims.aud, AUDIENCE);
    assert.equal(claims.exp - claims.iat, 3600);
    assert.match(claims.jti, /^[0-9a-f]{32}$/);
    assert.deepEqual(Object.keys(claims).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
  }

  it('has a name of its own', async () => {
    const names = [token, other, await login('alice', PASSWORD)].map((token) => jsonwebtoken.decode(token).jti);
    assert.equal(new Set(names).size, 3);
  });

  it('is verified by jose', async () => {
    const key = new TextEncoder().encode(worker.bindings.SECRET_KEY);
    const { payload, protectedHeader } = await jwtVerify(token, key, { issuer: ISSUER, audience: AUDIENCE, algorithms: ['HS256'] });
    assert.deepEqual(protectedHeader, { alg: 'HS256', typ: 'JWT' });
    check(payload, 'alice');
    check((await jwtVerify(other, key, { audience: AUDIENCE })).payload, '김철수');
    await assert.rejects(jwtVerify(token, key.slice(1)));
  });

  it('is verified by jsonwebtoken', () => {
    const options = { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE };
    check(jsonwebtoken.verify(token, worker.bindings.SECRET_KEY, options), 'alice');
    check(jsonwebtoken.verify(other, worker.bindings.SECRET_KEY, options), '김철수');
    assert.throws(() => jsonwebtoken.verify(token, `${worker.bindings.SECRET_KEY}x`, options));
  });

  const python = process.env.EDGE_LOGIN_PYTHON;
  const libraries = { 'python-jose': 'from jose import jwt', PyJWT: 'import jwt' };
  for (const [library, load] of Object.entries(libraries)) {
    it(`is verified by ${library}`, { skip: python ? false : 'there is no Python 3 with pip' }, () => {
      for (const [signed, sub] of [[token, 'alice'], [other, '김철수']]) {
        const script = `${load}
import json, sys
token, key, audience, issuer = sys.argv[1:]
print(json.dumps(jwt.decode(token, key, algorithms=["HS256"], audience=audience, issuer=issuer)))
try:
    jwt.decode(token, key + "x", algorithms=["HS256"], audience=audience)
    sys.exit("a wrong key was taken")
except Exception as error:
    assert "ignature" in str(error), error`;
        const { status, stdout, stderr } = ended(python, ['-c', script, signed, worker.bindings.SECRET_KEY, AUDIENCE, ISSUER]);
        assert.equal(status, 0, stderr);
        check(JSON.parse(stdout), sub);
      }
    });
  }
});

for (const store of Object.keys(stores)) {
  describe(`a user in ${store.toUpperCase()} with a subject and claims`, () => {
    const subject = '0b1f6c1e-1f2d-4a59-9a55-7f4b6f6f3a10';
    const claims = { role: 'admin', teams: [1, { name: 'ä' }], score: 0.1 };
    let worker;
    before(async () => {
      worker = await startWorker({ vars: { USER_STORE: store } });
      await worker.addUser({ ...recordedUsers[0], subject, claims });
    });
    after(() => worker.stop());

    it('has them in the token, and the username in the answer', async () => {
      const { username, access_token } = await (await worker.login('alice', PASSWORD)).json();
      assert.equal(username, 'alice');
      const { exp, iat, jti, sid, ...others } = jsonwebtoken.verify(access_token, worker.bindings.SECRET_KEY, { algorithms: ['HS256'] });
      assert.ok(exp > iat && jti && sid);
      assert.deepEqual(others, { sub: subject, preferred_username: 'alice', ...claims });
    });

    it('is refused as with a wrong password if they can be no token\'s', async () => {
      const refusal = await (await worker.login('alice', 'a wrong password')).text();
      for (const wrong of [{ subject: '' }, { subject: 'a\nb' }, { claims: { sub: 'bob' } }, { claims: ['admin'] }]) {
        await worker.addUser({ ...recordedUsers[0], username: 'bob', ...wrong });
        const answer = await worker.login('bob', PASSWORD);
        assert.equal(answer.status, 401, JSON.stringify(wrong));
        assert.equal(await answer.text(), refusal);
        assert.equal(worker.attempts().at(-1).outcome, 'broken_hash');
      }
    });
  });
}

describe('a token of a user with a subject', () => {
  const python = process.env.EDGE_LOGIN_PYTHON;
  const audience = 'fastapi-users:auth';
  const tokens = {};
  const SECRET_KEY = randomBytes(32).toString('hex');
  before(async () => {
    for (const AUDIENCE of ['', audience]) {
      const worker = await startWorker({ vars: { SECRET_KEY, AUDIENCE } });
      await worker.addUser({ ...recordedUsers[0], subject: '42', claims: { user_id: '42', token_type: 'access' } });
      tokens[AUDIENCE] = (await (await worker.login('alice', PASSWORD)).json()).access_token;
      await worker.stop();
    }
  });

  // The settings are the examples of docs/TOKENS.md: the script reads them there.
  const examples = [
    ['PyJWT', 0, ''],
    ['python-jose', 0, ''],
    ['fastapi-users', 0, audience],
    ['Flask-JWT-Extended', 0, ''],
    ['djangorestframework-simplejwt', 0, ''],
    ['djangorestframework-simplejwt', 1, ''],
  ];
  for (const [library, number, needed] of examples) {
    it(`is accepted by ${library}${number ? ', set up in the other way' : ''}`, { skip: python ? false : 'there is no Python 3 with pip' }, () => {
      const check = (token, key) => ended(python, ['tests/support/applications.py', library, token, key, String(number)]);
      const { stdout, stderr } = check(tokens[needed], SECRET_KEY);
      assert.equal(stdout, '42\n', stderr);
      assert.notEqual(check(tokens[needed], `${SECRET_KEY}x`).status, 0, 'another key is refused');
    });
  }
});
