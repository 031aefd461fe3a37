// Requests that are almost right: thousands of mutations of valid ones, sent byte by byte. The seed is
// fixed, so that a failure can be repeated.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startWorker } from '../tooling/worker.mjs';
import { raw } from './support/raw.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const SEED = 1;
const REQUESTS = 3000;
const AT_ONCE = 50;
/** What is documented, and the answers of the runtime itself to what is not HTTP. */
const DOCUMENTED = [200, 307, 400, 401, 404, 405, 408, 413, 422, 429, 503];
const RUNTIME = [100, 400, 413, 414, 431, 501, 505];

describe(`${REQUESTS} mutated requests`, () => {
  it('get documented answers, and none logs in without the right password', async (test) => {
    // With quick hashes, the time goes into requests.
    const vars = { USER_STORE: 'kv', UNKNOWN_USER_FORMAT: 'bcrypt-04', ACCOUNT_FREE_FAILURES: '10000' };
    const worker = await startWorker({ vars, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] });
    const url = await worker.mf.unsafeGetDirectURL();
    await worker.addUser(recordedUsers[0]);
    const random = randomness(SEED);
    const seen = {};
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const requests = Array.from({ length: AT_ONCE }, () => mutated(random));
      const answers = await Promise.all(requests.map((bytes) => raw(url, bytes)));
      for (const [number, bytes] of requests.entries()) {
        for (const answer of answers[number]) {
          const shown = `${JSON.stringify(bytes.toString('latin1').slice(0, 2000))}: ${JSON.stringify(answer)}`;
          check(answer, bytes, shown);
          seen[answer.status] = (seen[answer.status] ?? 0) + 1;
        }
      }
    }
    test.diagnostic(JSON.stringify(seen));
    // The mutations reach every kind of answer that a request alone can cause.
    for (const status of [200, 307, 400, 401, 404, 405, 413, 422]) assert.ok(seen[status] > 0, `no ${status}`);
    assert.equal((await worker.login('alice', PASSWORD)).status, 200);
    assert.equal((await worker.login('alice', 'wrong')).status, 401);
    const ofTheRuntime = ({ message }) => /Uncaught exception: .*Fetch API cannot load/.test(message);
    assert.deepEqual(worker.logs.filter((line) => line.level === 'error' && !ofTheRuntime(line)), []);
    await worker.stop();
  });
});

function check({ status, headers, body }, bytes, shown) {
  if (headers['content-type'] !== 'application/json') {
    // Redirects and answers to HEAD have no body, and what the runtime answers itself has none of ours.
    // What is in front of static assets can't make a URL of some hosts and targets, and ends in 500.
    const [, target] = bytes.toString('latin1').split(' ');
    const hosts = bytes.toString('latin1').match(/^host:.*$/gim) ?? [];
    const isUrl = hosts.length === 1 && hosts[0].trim() === 'Host: localhost' && /^\/(?!\/)/.test(target);
    const isUnroutable = status === 500 && !isUrl;
    assert.ok(status === 307 || isUnroutable || RUNTIME.includes(status), shown);
    return;
  }
  assert.ok(DOCUMENTED.includes(status), shown);
  assert.equal(headers['cache-control'], 'no-store', shown);
  const json = body && JSON.parse(body);
  if (status === 200 && json.access_token) {
    assert.equal(json.username, 'alice', shown);
    assert.ok(decoded(bytes).includes(PASSWORD), shown);
  } else if (status === 200) {
    assert.ok(body === '' || json.status === 'ok', shown);
  } else {
    assert.ok(body === '' || json.detail !== undefined, shown);
  }
}

/** The text of a request without escapes, chunks and line breaks, in which a password can be found. */
function decoded(bytes) {
  return bytes.toString('latin1').replace(/\r\n[0-9a-f]+\r\n/gi, '').replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function mutated(random) {
  const request = random.of(requests)(random);
  for (let times = random.below(3); times > 0; times -= 1) random.of(mutations)(request, random);
  let bytes = Buffer.from([`${request.method} ${request.path} ${request.version}`, ...request.headers.map((header) => header.join(': ')), '', request.body].join('\r\n'), 'latin1');
  if (random.below(4) === 0) bytes = scrambled(bytes, random);
  return bytes;
}

const form = (password) => `username=alice&password=${encodeURIComponent(password)}`;
const multipart = (password) =>
  `--B\r\nContent-Disposition: form-data; name="username"\r\n\r\nalice\r\n--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n${password}\r\n--B--\r\n`;
const post = (random, type, body) => ({
  method: 'POST',
  path: '/api/user/login',
  version: 'HTTP/1.1',
  headers: [['Host', 'localhost'], ['X-Client', `10.${random.below(256)}.${random.below(256)}.1`], ['Connection', 'close'], ['Content-Type', type], ['Content-Length', String(body.length)]],
  body,
});
const URLENCODED = 'application/x-www-form-urlencoded';
const requests = [
  (random) => post(random, URLENCODED, form('a wrong password')),
  (random) => post(random, URLENCODED, form('a wrong password')),
  (random) => post(random, URLENCODED, form(PASSWORD)),
  (random) => post(random, 'multipart/form-data; boundary=B', multipart('a wrong password')),
  (random) => post(random, 'multipart/form-data; boundary=B', multipart(PASSWORD)),
  (random) => ({ ...post(random, '', ''), method: 'GET', path: '/health' }),
];

const set = (request, name, value) => {
  request.headers = request.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
  if (value !== undefined) request.headers.push([name, value]);
};
// Not CONNECT, which workerd itself answers with 500.
const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'post', 'P\u00f6ST', 'POSTPOST', '', 'PURGE'];
const PATHS = ['/', '/api/user/login/', '/api/user/login//', '/api/user%2Flogin', '/api/user/login?username=alice&password=x', '/health', '/health/', '*', '//', '/..', 'http://a/api/user/login', '/api/user/login\u00ff', '', `/${'a'.repeat(9000)}`, '/api/user/login/?%0d%0aSet-Cookie:a=b'];
const TYPES = [undefined, '', 'application/json', 'text/plain', `${URLENCODED};charset=utf-16`, URLENCODED.toUpperCase(), 'multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary="B"; boundary=C', `multipart/form-data; boundary=${'B'.repeat(300)}`, 'multipart/form-data; boundary=\u00ff', `a/b;${'x;'.repeat(500)}`];
const LENGTHS = ['0', '1', '-1', '+5', ' 7', '0x10', '1e3', '99999999999999999999', '16384', '16385', '10, 10', '', 'x', undefined];
const PIECES = ['&', '=', '%', '%00', '%ff', '+', ';', '\0', '\r\n', '--B', '--B--', '--B\r\n', 'username=', '&password=', '&username=bob', '&grant_type=password', '&grant_type=x', '[]', '"', '\u00ff\u00fe', 'a'.repeat(5000), '&a=b'.repeat(1100), '%F0%9F%92%A9', 'Content-Disposition: form-data; name="password"; filename="x"\r\n'];
const mutations = [
  (request, random) => Object.assign(request, { method: random.of(METHODS) }),
  (request, random) => Object.assign(request, { path: random.of(PATHS) }),
  (request, random) => Object.assign(request, { version: random.of(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', '']) }),
  (request, random) => set(request, 'Content-Type', random.of(TYPES)),
  (request, random) => set(request, 'Content-Length', random.of(LENGTHS)),
  (request, random) => request.headers.push(random.of(request.headers)),
  (request, random) => request.headers.push(['Content-Length', random.of(LENGTHS) ?? '3']),
  (request, random) => request.headers.push(random.of([['Transfer-Encoding', 'chunked'], ['Transfer-Encoding', 'gzip, chunked'], ['Content-Encoding', 'gzip'], ['Expect', '100-continue'], ['Expect', 'x'], ['Upgrade', 'websocket'], ['Range', 'bytes=0-1'], ['Authorization', 'Bearer x'], ['X-Client', '::1'], ['X-Client', '\u00ff'], ['CF-Connecting-IP', '192.0.2.1'], ['X-Long', 'x'.repeat(20_000)], ['\u00ff', 'x'], ['a b', 'c'], ['', 'x']])),
  (request, random) => {
    set(request, 'Content-Length');
    set(request, 'Transfer-Encoding', 'chunked');
    const at = random.below(request.body.length + 1);
    const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
    request.body = [request.body.slice(0, at), request.body.slice(at)].filter(Boolean).map(chunk).join('') + random.of(['0\r\n\r\n', '0\r\n\r\n', '', 'x\r\n', '0\r\nTrailer: x\r\n\r\n', 'ffffffffffffffff\r\n']);
  },
  (request, random) => resize(request, (body) => body.slice(0, random.below(body.length + 1))),
  (request, random) => resize(request, (body) => insert(body, random, random.of(PIECES))),
  (request, random) => resize(request, (body) => insert(body, random, String.fromCharCode(random.below(256)))),
  (request, random) => resize(request, (body) => body + body.slice(random.below(body.length + 1))),
  (request, random) => resize(request, (body) => body.padEnd(16_370 + random.below(30), 'x')),
];

function insert(body, random, piece) {
  const at = random.below(body.length + 1);
  return body.slice(0, at) + piece + body.slice(at + random.below(3));
}

/** Changes the body, and says its true length. */
function resize(request, change) {
  request.body = change(request.body);
  set(request, 'Content-Length', String(request.body.length));
}

/** Changes, drops or doubles a few bytes anywhere. */
function scrambled(bytes, random) {
  const changed = [...bytes];
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const at = random.below(changed.length);
    random.of([
      () => changed.splice(at, 1),
      () => changed.splice(at, 1, random.below(256)),
      () => changed.splice(at, 0, random.below(256)),
      () => changed.splice(at, 0, ...changed.slice(at, at + random.below(20))),
    ])();
  }
  return Buffer.from(changed);
}

/** The same numbers for the same seed: mulberry32. */
function randomness(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit) => next() % limit;
  return { below, of: (list) => list[below(list.length)] };
}
