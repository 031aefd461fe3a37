// Every recorded request, over HTTP, against D1 and against KV: the same status, headers and JSON
// as FastAPI, except for the added fields and the bytes of a token.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { stores } from '../tooling/users.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { otherwise, recorded, recordedUsers } from './support/recorded.mjs';

const kinds = {
  'the recorded logins': recorded('fastapi-login.jsonl'),
  ...Object.groupBy(recorded('edge-cases.jsonl'), ({ id }) => id.replace(/-[^-]*$/, '')),
};

for (const USER_STORE of Object.keys(stores)) {
  describe(`FastAPI's recorded answers, users in ${USER_STORE}`, () => {
    let worker;
    before(async () => {
      worker = await startWorker({ vars: { USER_STORE } });
      for (const user of recordedUsers) await worker.addUser(user);
    });
    after(() => worker.stop());

    for (const [kind, cases] of Object.entries(kinds)) {
      it(`${kind}: ${cases.length}`, async () => {
        for (const { id, request, response } of cases) {
          const answer = await worker.fetch(request.path, { method: request.method, headers: request.headers, body: body(request) });
          assert.equal(answer.status, otherwise[id] ?? response.status, id);
          if (otherwise[id]) continue;
          for (const [name, value] of Object.entries(response.headers)) assert.equal(answer.headers.get(name), value, `${id}: ${name}`);
          const text = await answer.text();
          if (response.json === undefined) assert.equal(text, '', id);
          else assert.deepEqual(comparable(JSON.parse(text)), comparable(response.json), id);
        }
      });
    }
  });
}

function body({ method, body, body_base64: encoded }) {
  if (method === 'GET' || method === 'HEAD') return undefined;
  return encoded === undefined ? Buffer.from(body) : Buffer.from(encoded, 'base64');
}

function comparable({ error, expires_in, access_token: token, ...fields }) {
  if (!token) return fields;
  // The recorder of edge cases had no key to sign with.
  if (token === '…') return { ...fields, header: { alg: 'HS256', typ: 'JWT' }, sub: fields.username };
  const { sub, iat, exp } = decodeJwt(token);
  // FastAPI's tokens don't say when they were issued; those recorded last 1440 minutes too.
  if (iat !== undefined) assert.equal(exp - iat, 86400);
  return { ...fields, header: decodeProtectedHeader(token), sub };
}
