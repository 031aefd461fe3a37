// Logging in through the built Worker, its guard and its stores.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { argon2id } from '../tooling/hashes.mjs';
import { stores } from '../tooling/users.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { raw } from './support/raw.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const REFUSED = '{"detail":"Incorrect username or password","error":"invalid_grant"}';

for (const USER_STORE of Object.keys(stores)) {
  describe(`with users in ${USER_STORE}`, () => {
    let worker;
    before(async () => {
      worker = await startWorker({ vars: { USER_STORE }, cf: { country: 'KR', continent: 'AS', colo: 'ICN' } });
      for (const user of recordedUsers) await worker.addUser(user);
      await worker.addUser({ username: 'arthur', password_hash: argon2id('arthur has a password') });
      await worker.addUser({ username: 'dorothy', password_hash: recordedUsers[0].password_hash, disabled: true });
      await worker.addUser({ username: 'brigitte', password_hash: '$argon2id$v=19$m=19456,t=2,p=1$broken' });
      await worker.addUser({ username: 'constance', password_hash: argon2id('far too much', { memory: 65537 }) });
    });
    after(() => worker.stop());

    it('answers bcrypt and Argon2id users with a token', async () => {
      for (const [username, password] of [['alice', PASSWORD], ['arthur', 'arthur has a password'], ['김철수', '비밀번호 1+1=2 & 100%']]) {
        const answer = await worker.login(username, password);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.equal(answer.headers.get('pragma'), 'no-cache');
        const { access_token, ...rest } = await answer.json();
        assert.match(access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
        assert.deepEqual(rest, { token_type: 'bearer', username, expires_in: 86400 });
      }
    });

    it('answers every refusal alike, and logs which it was', async () => {
      const attempts = [
        ['mallory@example.com', 'a wrong password', 'bad_password', 'bcrypt'],
        ['arthur', 'a wrong password', 'bad_password', 'argon2id'],
        ['nobody-there', PASSWORD, 'unknown_user'],
        ['dorothy', PASSWORD, 'disabled'],
        ['brigitte', PASSWORD, 'broken_hash'],
        ['constance', 'far too much', 'broken_hash'],
        ['control\u0001character', PASSWORD, 'unknown_user'],
        ['u'.repeat(257), PASSWORD, 'unknown_user'],
        ['alice', 'x'.repeat(4097), 'overlong_password'],
        ['nobody-there', 'x'.repeat(4097), 'overlong_password'],
      ];
      const answers = new Set();
      for (const [username, password, outcome, format] of attempts) {
        const answer = await worker.login(username, password);
        const { date, ...headers } = Object.fromEntries(answer.headers);
        answers.add(JSON.stringify([answer.status, headers, await answer.text()]));
        const line = worker.attempts().at(-1);
        assert.equal(line.outcome, outcome);
        assert.equal(line.format, format);
        assert.deepEqual([line.country, line.colo], ['KR', 'ICN']);
        assert.match(line.user, /^[0-9a-f]{16}$/);
      }
      assert.equal(answers.size, 1);
      const [status, headers, body] = JSON.parse([...answers][0]);
      assert.deepEqual([status, headers['www-authenticate'], headers['cache-control'], body], [401, 'Bearer', 'no-store', REFUSED]);
    });

    it('takes multipart forms as browsers write them', async () => {
      const body = new FormData();
      body.append('username', 'alice');
      body.append('password', PASSWORD);
      const answer = await worker.fetch('/api/user/login', { method: 'POST', body });
      assert.equal(answer.status, 200);
    });

    it('answers 200 logins at once, each with its own answer', async () => {
      const logins = Array.from({ length: 200 }, (_, number) =>
        worker.login(...(number % 2 ? ['arthur', 'arthur has a password'] : ['arthur', `wrong ${number}`])));
      const statuses = (await Promise.all(logins)).map(({ status }) => status);
      assert.deepEqual(statuses, statuses.map((_, number) => (number % 2 ? 200 : 401)));
    });

    it('is healthy', async () => {
      const answer = await worker.fetch('/health');
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), { status: 'ok', version: process.env.npm_package_version ?? '0.1.0' });
    });
  });
}

describe('a request body', () => {
  let worker;
  before(async () => {
    worker = await startWorker();
  });
  after(() => worker.stop());

  it('over 16 KiB is refused by its announced length', async () => {
    const answer = await worker.fetch('/api/user/login', { method: 'POST', body: Buffer.alloc(16385) });
    assert.equal(answer.status, 413);
    assert.deepEqual(await answer.json(), { detail: 'Request body too large' });
  });

  it('over 16 KiB is refused while it is still coming', async () => {
    const status = await new Promise((resolve, reject) => {
      const sending = request(new URL('/api/user/login', worker.url), { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      sending.on('error', reject);
      sending.on('response', (response) => {
        resolve(response.statusCode);
        sending.destroy();
      });
      // The body never ends, so the answer has to come before its end.
      sending.write(Buffer.alloc(20_000, 'a'));
    });
    assert.equal(status, 413);
  });

  it('in chunks, with a length that is too short, is refused while it is still coming', async () => {
    // The runtime goes by the chunks, and does not show the length to the Worker, which would then read the body as a whole.
    const head = ['POST /api/user/login HTTP/1.1', 'Host: localhost', 'Content-Length: 5', 'Transfer-Encoding: chunked'];
    const status = await new Promise((resolve, reject) => {
      const { hostname, port } = new URL(worker.url);
      const socket = connect(port, hostname, () => socket.write([...head, '', '4e20', 'a'.repeat(20_000), ''].join('\r\n')));
      socket.on('error', reject).on('data', (data) => {
        resolve(Number(String(data).split(' ')[1]));
        socket.destroy();
      });
    });
    assert.equal(status, 413);
  });

  it('of exactly 16 KiB is read', async () => {
    const body = 'username=nobody-there&password=wrong&filler='.padEnd(16384, 'x');
    const answer = await worker.fetch('/api/user/login', { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(answer.status, 401);
  });

  it('that is broken off leaves the next request alone', async () => {
    await new Promise((resolve) => {
      const sending = request(new URL('/api/user/login', worker.url), { method: 'POST', headers: { 'content-length': 1000 } });
      sending.on('error', resolve);
      sending.write('username=alice&password=', () => sending.destroy(new Error('gone')));
    });
    assert.equal((await worker.login('nobody-there', 'a wrong password')).status, 401);
  });
});

describe('the path', () => {
  it('logs in in one spelling only', async () => {
    // Miniflare's own Worker would resolve the URL first, so this goes past it. What is in front of static assets
    // resolves dot segments, as any client does.
    const worker = await startWorker({ unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] });
    const url = await worker.mf.unsafeGetDirectURL();
    await worker.addUser(recordedUsers[0]);
    const body = new URLSearchParams({ username: 'alice', password: PASSWORD }).toString();
    const head = ['Host: localhost', 'Connection: close', 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`];
    const status = async (path) => (await raw(url, [`POST ${path} HTTP/1.1`, ...head, '', body].join('\r\n')))[0].status;
    // A query is no part of the path. A fragment, which no client sends, is cut off by the runtime.
    for (const path of ['/api/user/login', '/api/user/login?x=1', '/api/user/login#x']) assert.equal(await status(path), 200, path);
    for (const path of [
      '/api%2Fuser/login', '/api/user%2flogin', '/api%5Cuser/login', '/api/user%5clogin', '/api/user/login%2F', '/%2Fapi/user/login',
      '/api/user/%6Cogin', '/%61pi/user/login', '/api/user/login%20', '/api/user/login%00', '/api/user/login%', '/api/user/log%C4%B1n',
      '/api//user/login', '//api/user/login', '/api/user/login;', '/api/user;x/login', '/api/user/login.', '/API/user/login',
      '/api/%2e/user/login', '/api/x/%2E%2e/user/login', '/api\\user\\login',
    ]) assert.equal(await status(path), 404, path);
    for (const path of ['/./api/user/login', '/x/../api/user/login']) assert.equal(await status(path), 200, path);
    assert.equal(await status('/api/user/login/.'), 307);
    await worker.stop();
  });
});
