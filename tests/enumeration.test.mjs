// How long a refusal takes does not tell whether a user exists.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { argon2id, hashOf } from '../tooling/hashes.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { recordedUsers } from './support/recorded.mjs';

const SAMPLES = 400;
const MOST_SAMPLES = 2400;
const BOUND = 0.55;

// Passwords that are made to take long: by their length, by their bytes, or when they are converted to NFKC.
const long = 'x'.repeat(4096);
const wide = '\ufdfa'.repeat(1365);
const combining = '\u0323\u0307'.repeat(1023);
const betterAuth = () => `${randomBytes(16).toString('hex')}:${randomBytes(64).toString('hex')}`;
// The recorded users' bcrypt hashes have cost 4, which is too quick to measure.
const scenarios = {
  'Argon2id users': { hash: () => argon2id('some password') },
  'Argon2id users in KV, given a password of many bytes,': { store: 'kv', hash: () => argon2id('some password'), password: wide, samples: 200 },
  'bcrypt users, where unknown ones cost bcrypt,': { hash: () => hashOf('bcrypt-08'), dummy: 'bcrypt-08' },
  'PBKDF2 users in KV, given a password of combining marks,': { store: 'kv', hash: () => hashOf('pbkdf2-sha256-10000'), dummy: 'pbkdf2-sha256-10000', password: combining, samples: 200 },
  'SHA-crypt users, given the longest password,': { hash: () => hashOf('sha512-crypt-1000'), dummy: 'sha512-crypt-1000', password: long, samples: 200 },
  // This hash takes some 100 ms, so it has fewer samples.
  "Better Auth's users, given a password of combining marks,": { hash: betterAuth, dummy: 'scrypt-ln14-r16-p1', password: combining, samples: 120 },
};

for (const [name, { hash, store = 'd1', dummy, password = 'a wrong password', samples = SAMPLES }] of Object.entries(scenarios)) {
  describe(name, () => {
    let worker;
    before(async () => {
      const vars = { ACCOUNT_FREE_FAILURES: '10000', USER_STORE: store, UNKNOWN_USER_FORMAT: dummy ?? null };
      worker = await startWorker({ vars, ...(store === 'kv' && { entry: 'tests/support/kv-in-memory.mjs' }) });
      for (let number = 0; number < 20; number++) await worker.addUser({ username: `known-user-${number}`, password_hash: hash() });
    });
    after(() => worker.stop());

    it(`are told from unknown ones by latency no better than with an AUC of ${BOUND}`, async (test) => {
      // Chance alone passes the bound now and then: with 400 samples once in eleven times. More
      // samples, all counted, tell chance from a leak.
      const times = { known: [], unknown: [] };
      for (let number = 0; number < 20; number++) {
        for (const kind of ['known', 'unknown']) await timed(`${kind}-user-${number}`);
      }
      const aucs = [];
      do {
        await round(times);
        aucs.push(auc(times.known, times.unknown));
      } while (aucs.at(-1) > BOUND && aucs.length * samples < MOST_SAMPLES);
      test.diagnostic(`AUC ${aucs.map((auc) => auc.toFixed(3)).join(', ')}`);
      const medians = Object.entries(times).map(([kind, all]) => `${kind} ${all.toSorted((one, other) => one - other)[all.length >> 1].toFixed(2)} ms`);
      test.diagnostic(`medians: ${medians.join(', ')}`);
      assert.ok(aucs.at(-1) <= BOUND, `AUC ${aucs}`);
    });

    async function round(times) {
      for (let sample = 0; sample < samples / 2; sample++) {
        // The order changes, so that what else the machine does affects both kinds alike.
        const order = Math.random() < 0.5 ? ['known', 'unknown'] : ['unknown', 'known'];
        for (const kind of order) times[kind].push(await timed(`${kind}-user-${sample % 20}`));
      }
    }

    async function timed(username) {
      const start = performance.now();
      const answer = await worker.login(username, password);
      await answer.text();
      assert.equal(answer.status, 401);
      return performance.now() - start;
    }
  });
}

describe('the measure', () => {
  it('finds a difference where there is one', async () => {
    // 64 times the work, so that it shows on a busy machine, too.
    const worker = await startWorker({ vars: { ACCOUNT_FREE_FAILURES: '10000', UNKNOWN_USER_FORMAT: 'bcrypt-10' } });
    await worker.addUser({ ...recordedUsers[0], username: 'quick-user' });
    const times = { quick: [], unknown: [] };
    for (let sample = 0; sample < 40; sample++) {
      for (const kind of ['quick', 'unknown']) {
        const start = performance.now();
        await (await worker.login(`${kind}-user`, 'a wrong password')).text();
        times[kind].push(performance.now() - start);
      }
    }
    assert.ok(auc(times.quick, times.unknown) > 0.8);
    await worker.stop();
  });
});

/** How well latency tells two kinds apart, as the area under the ROC curve. 0.5 means not at all. */
function auc(some, others) {
  const greater = some.flatMap((a) => others.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  const share = greater.reduce((sum, one) => sum + one, 0) / greater.length;
  return Math.max(share, 1 - share);
}
