// What the Worker answers while something it needs is broken, and that it recovers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const faults = {
  d1: [
    ['d1 fails', 503, 'store_error', 'the database lacks a migration (D1_ERROR: no such table: users: SQLITE_ERROR): run `npx wrangler d1 migrations apply DB --remote`'],
    ['d1 hangs', 503, 'store_error', 'the user store did not answer within 3 s'],
    ['d1 gives no rows', 503, 'store_error', 'the user store failed: JsError'],
    ['d1 gives rows of garbage', 401, 'broken_hash', "the user's record does not have the documented fields"],
    ['d1 is not bound', 503, 'store_error', 'the user store failed: Binding `DB` is undefined.'],
    ['guard throws', 503, 'guard_error', 'the guard failed: Error: The Durable Object was reset'],
    ['guard hangs', 503, 'guard_error', 'the guard did not answer within 9 s'],
    ['guard says something else', 503, 'guard_error', 'a message between the Worker and its object was not understood'],
    ['guard answers 500 with a verdict', 503, 'guard_error', 'the guard failed: it answered 500'],
    ['guard has no room', 503, 'guard_error', 'the guard failed: it answered 500'],
    ['guard restarts', 503, 'guard_error', 'the guard failed: Error: restarted'],
    ['guard is not bound', 503, 'guard_error', 'the guard failed: Binding `GUARD` is undefined.'],
  ],
  kv: [
    ['kv fails', 503, 'store_error', 'the user store failed: KV GET failed: 500 Internal Server Error'],
    ['kv hangs', 503, 'store_error', 'the user store did not answer within 3 s'],
    ['kv gives garbage', 401, 'broken_hash', "the user's record does not have the documented fields"],
    ['kv is not bound', 503, 'store_error', 'the user store failed: Binding `USERS` is undefined.'],
  ],
};

for (const [USER_STORE, rows] of Object.entries(faults)) {
  describe(`with users in ${USER_STORE}`, () => {
    let worker;
    before(async () => {
      worker = await startWorker({ vars: { USER_STORE }, entry: 'tests/support/faulty.mjs' });
      for (const user of recordedUsers) await worker.addUser(user);
    });
    after(() => worker.stop());

    for (const [fault, status, outcome, error] of rows) {
      it(`${fault}: ${status}`, async () => {
        const answer = await worker.login('alice', PASSWORD, { headers: { 'x-fault': fault } });
        assert.equal(answer.status, status);
        const detail = status === 503 ? 'Service temporarily unavailable' : 'Incorrect username or password';
        assert.equal((await answer.json()).detail, detail);
        assert.equal(answer.headers.get('retry-after'), status === 503 ? '5' : null);
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        const line = worker.attempts().at(-1);
        assert.deepEqual([line.outcome, line.error], [outcome, error]);
        assert.ok(worker.logs.some(({ level, message }) => level === 'error' && message.includes(outcome)));

        const health = await worker.fetch('/health', { headers: { 'x-fault': fault } });
        if (outcome === 'store_error') {
          assert.equal(health.status, 503);
          assert.equal((await health.json()).failed, 'store');
        }
        assert.equal((await worker.login('alice', PASSWORD)).status, 200, 'the next request works');
      });
    }
  });
}

describe('a store that is slow', () => {
  it('is waited for', async () => {
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
    assert.equal((await worker.login('alice', PASSWORD, { headers: { 'x-fault': 'd1 is slow' } })).status, 200);
    assert.equal((await worker.login('alice', 'a wrong password', { headers: { 'x-fault': 'd1 is slow' } })).status, 401);
    await worker.stop();
  });
});

describe('a request that is given up', () => {
  it('is finished all the same', { timeout: 20_000 }, async () => {
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
    const answer = await worker.login('alice', PASSWORD, { headers: { 'x-fault': 'd1 is slow', 'x-given-up': '1' } });
    assert.equal(answer.status, 503);
    await worker.logged(1);
    assert.equal(worker.attempts()[0].outcome, 'ok');
    await worker.stop();
  });
});

describe('a time limit of the first thing that a request waits for', () => {
  it('ends the wait', async () => {
    // Time passes eight times faster: without the limit of 3 s, it would be the 4.4 s of the entry.
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs', gate: 0 });
    const started = performance.now();
    assert.equal((await worker.fetch('/health', { headers: { 'x-fault': 'd1 hangs' } })).status, 503);
    assert.ok(performance.now() - started < 2500);
    assert.deepEqual(worker.logs.filter(({ message }) => message.includes('unanswered')), []);
    await worker.stop();
  });

  it('lets a login pass whose gate is silent', async () => {
    const worker = await startWorker({ entry: 'tooling/measured.mjs' });
    for (const user of recordedUsers) await worker.addUser(user);
    assert.equal((await worker.login('alice', PASSWORD, { headers: { 'x-gate': 'stalls' } })).status, 200);
    await worker.stop();
  });
});

describe('a panic', () => {
  let worker;
  before(async () => {
    worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
    for (const user of recordedUsers) await worker.addUser(user);
  });
  after(() => worker.stop());

  it('ends its own request only', async () => {
    for (let round = 0; round < 3; round++) {
      const answer = await worker.login('alice', PASSWORD, { headers: { 'x-fault': 'd1 makes it panic' } });
      assert.equal(answer.status, 503);
      assert.ok(worker.logs.some(({ message }) => message.includes('Rust panic')));
      assert.ok(worker.logs.some(({ message }) => message.includes('the instance has died')), 'nobody waits');
      assert.equal((await worker.login('alice', PASSWORD)).status, 200);
      assert.equal((await worker.login('alice', 'a wrong password')).status, 401);
    }
  });
});

describe('a panic before anything is awaited', () => {
  it('ends the other requests too, and is over then', async () => {
    // Without a gate, the first thing that /health does is to prepare a statement.
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs', gate: 0 });
    const health = async (fault) => (await worker.fetch('/health', { headers: { 'x-fault': fault } })).status;
    const started = performance.now();
    const other = health('d1 hangs');
    // It waits by then, as this answer comes after it.
    await worker.fetch('/nowhere');
    assert.equal(await health('d1 makes it panic'), 503);
    assert.equal(await other, 503);
    assert.ok(performance.now() - started < 2500, 'it did not wait for its time limit of 3 s');
    assert.equal(worker.logs.filter(({ message }) => message.includes('the instance has died')).length, 2);
    assert.equal(await health('none'), 200);
    await worker.stop();
  });
});

describe('a panic in the guard', () => {
  it('ends in 503, lets nobody in, and loses no count', async () => {
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
    for (const user of recordedUsers) await worker.addUser(user);
    const from = { 'x-client': '192.0.2.1' };
    const shown = ({ status, headers }) => [status, ...[...headers].filter(([name]) => name !== 'date').sort()];
    const hangs = await worker.login('alice', PASSWORD, { headers: { 'x-fault': 'guard hangs' } });
    const body = await hangs.text();
    for (let round = 0; round < 5; round++) {
      // The first is over before the password is verified, the second after that and before it is counted. Worker and
      // object share an instance here: after a panic, the Worker's part of the request goes with it.
      const [fault, logged] = round % 2 ? ['guard panics', 'Rust panic'] : ['guard dies while it counts', '"unanswered"'];
      const answer = await worker.login('alice', 'a wrong password', { headers: { ...from, 'x-fault': fault } });
      assert.deepEqual(shown(answer), shown(hangs));
      assert.equal(await answer.text(), body);
      assert.ok(worker.logs.some(({ level, message }) => level === 'error' && message.includes(logged)));
      assert.equal((await worker.login('alice', 'a wrong password', { headers: from })).status, 401);
    }
    assert.equal((await worker.login('alice', PASSWORD, { headers: from })).status, 429, 'five failures were counted');
    assert.equal((await worker.login('alice', PASSWORD)).status, 200);
    await worker.stop();
  });
});

describe('an attempt that is stuck in the guard', () => {
  it('ends in 503, and holds up the next ones only until its time is over', async () => {
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
    for (const user of recordedUsers) await worker.addUser(user);
    const stuck = await worker.login('alice', PASSWORD, { headers: { 'x-fault': 'guard loses a timer' } });
    assert.equal(stuck.status, 503);
    assert.equal((await worker.login('alice', PASSWORD)).status, 200);
    assert.equal((await worker.login('alice', 'a wrong password')).status, 401);
    await worker.stop();
  });
});

describe('the guard object', () => {
  let worker;
  before(async () => {
    worker = await startWorker();
  });
  after(() => worker.stop());

  it('refuses what is no question', async () => {
    const namespace = await worker.mf.getDurableObjectNamespace('GUARD');
    const guard = namespace.get(namespace.idFromName('enam-0'));
    for (const body of ['', 'garbage', '{}', '{"hash":"$2b$31$x","password":"x"}']) {
      for (const question of ['attempt', 'hash']) {
        const answer = await guard.fetch(`https://guard/${question}`, { method: 'POST', body });
        assert.equal(answer.status, 400);
        await answer.text();
      }
    }
  });
});

describe('the alarm of a guard object', () => {
  it('is set by an attempt, drops what is old, and rests when nothing is left', async () => {
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs', vars: { GUARD_SHARDS: '1', GUARD_REGIONS: 'enam' } });
    for (let number = 0; number < 3; number++) await worker.login(`nobody-${number}`, 'a wrong password');
    const namespace = await worker.mf.getDurableObjectNamespace('GUARD');
    const guard = namespace.get(namespace.idFromName('enam-0'));
    const { due, ...rows } = await (await guard.fetch('https://guard/', { headers: { 'x-fault': 'alarm' } })).json();
    assert.ok(due > 0 && due <= 31 * 86_400_000, `${due}`);
    assert.deepEqual(rows, { before: 6, kept: { rows: 6, alarm: true }, left: { rows: 0, alarm: false } });
    await worker.stop();
  });
});

describe('a body that stands still', () => {
  it('is given up', async () => {
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
    const status = await new Promise((resolve, reject) => {
      const sending = request(new URL('/api/user/login', worker.url), { method: 'POST', headers: { 'content-length': 1000 } });
      sending.on('error', reject);
      sending.on('response', (response) => {
        resolve(response.statusCode);
        sending.destroy();
      });
      sending.write('username=alice&password=');
    });
    assert.equal(status, 408);
    assert.equal(worker.attempts().at(-1).outcome, 'invalid_request');
    await worker.stop();
  });
});

describe('a body that another reader has locked', () => {
  for (const [how, body] of [['announced', 'username=alice'], ['in pieces', new Blob(['username=alice']).stream()]]) {
    it(`${how}: gets 400`, async () => {
      const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-locked': '1' };
      const answer = await worker.fetch('/api/user/login', { method: 'POST', headers, body, duplex: 'half' });
      assert.equal(answer.status, 400);
      assert.equal((await answer.json()).detail, 'There was an error parsing the body');
      await worker.stop();
    });
  }
});

describe('a record in KV with a field of another name', () => {
  it('is refused: it might be a `disabled` that was misspelt', async () => {
    const worker = await startWorker({ vars: { USER_STORE: 'kv' } });
    const users = await worker.mf.getKVNamespace('USERS');
    const { password_hash } = recordedUsers[0];
    await users.put('user:alice', JSON.stringify({ password_hash, Disabled: true }));
    assert.equal((await worker.login('alice', PASSWORD)).status, 401);
    assert.equal(worker.attempts().at(-1).outcome, 'broken_hash');
    await users.put('user:carol', JSON.stringify({ password_hash, created_at: 1, changed_at: 2 }));
    assert.equal((await worker.login('carol', PASSWORD)).status, 200);
    await worker.stop();
  });
});

describe('the look-up in D1', () => {
  it('is one search of the primary key', async () => {
    const worker = await startWorker();
    const query = readFileSync(join(root, 'crates/accounts/src/d1/login.rs'), 'utf8').match(/"(SELECT [^"]+)"/)[1];
    const { results } = await (await worker.mf.getD1Database('DB')).prepare(`EXPLAIN QUERY PLAN ${query}`).bind('alice').all();
    assert.deepEqual(results.map(({ detail }) => detail), ['SEARCH users USING PRIMARY KEY (username=?)']);
    await worker.stop();
  });
});

describe('a database that is older than the Worker', () => {
  it('is 503, and the log says what to type', async () => {
    const worker = await startWorker();
    await worker.addUser(recordedUsers[0]);
    const db = await worker.mf.getD1Database('DB');
    for (const column of ['subject', 'claims']) await db.prepare(`ALTER TABLE users DROP COLUMN ${column}`).run();
    assert.equal((await worker.login('alice', PASSWORD)).status, 503);
    assert.match(worker.attempts().at(-1).error, /no such column: subject.*: run `npx wrangler d1 migrations apply DB --remote`$/);
    assert.equal((await worker.fetch('/health')).status, 503);
    const migration = readFileSync(join(root, 'migrations/0002_subject_claims.sql'), 'utf8').replace(/^--.*$/gm, '');
    for (const statement of migration.split(';').filter((text) => text.trim())) await db.prepare(statement).run();
    assert.equal((await worker.login('alice', PASSWORD)).status, 200);
    await worker.stop();
  });
});

describe('a database without its tables', () => {
  it('is 503, never 401', async () => {
    const worker = await startWorker();
    const db = await worker.mf.getD1Database('DB');
    await db.prepare('DROP TABLE users').run();
    assert.equal((await worker.login('alice', PASSWORD)).status, 503);
    assert.match(worker.attempts().at(-1).error, /no such table: users.*: run `npx wrangler d1 migrations apply DB --remote`$/);
    assert.equal((await worker.fetch('/health')).status, 503);
    await worker.stop();
  });
});
