// Every recorded request, over HTTP, against D1 and against KV: the same status, headers and JSON
// as FastAPI, but for the added fields and the bytes of a token.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { recordedUsers, root, startWorker } from './support/worker.mjs';

const read = (name) => readFileSync(join(root, 'tests/conformance', name), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const kinds = {
  'the recorded logins': read('fastapi-login.jsonl'),
  ...Object.groupBy(read('edge-cases.jsonl'), ({ id }) => id.replace(/-[^-]*$/, '')),
};

for (const USER_STORE of ['d1', 'kv']) {
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
          assert.equal(answer.status, response.status, id);
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
