// How long a refusal takes does not tell whether a user exists.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { argon2id } from '../tooling/hashes.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { recordedUsers } from './support/recorded.mjs';

// The recorded users' bcrypt hashes have cost 4, which is too quick to measure.
const bcrypt8 = '$2b$08$aTsUwsyowQuzRrDqFflhgekJ8d9/7Z3GV3UcgvzQW3J5zMyrTvlz.';
const SAMPLES = 400;
const ROUNDS = 3;
const BOUND = 0.55;

const scenarios = {
  'Argon2id users': { hash: () => argon2id('some password'), vars: {} },
  'bcrypt users, where unknown ones cost bcrypt': { hash: () => bcrypt8, vars: { UNKNOWN_USER_FORMAT: 'bcrypt-08' } },
};

for (const [name, { hash, vars }] of Object.entries(scenarios)) {
  describe(name, () => {
    let worker;
    before(async () => {
      worker = await startWorker({ vars: { ACCOUNT_FREE_FAILURES: '10000', ...vars } });
      for (let number = 0; number < 20; number++) await worker.addUser({ username: `known-user-${number}`, password_hash: hash() });
    });
    after(() => worker.stop());

    it(`are told from unknown ones by latency no better than with an AUC of ${BOUND}`, async (test) => {
      // Chance alone passes the bound in one round of eleven. More samples, all counted, tell
      // chance from a leak.
      const times = { known: [], unknown: [] };
      const aucs = [];
      do {
        await round(times);
        aucs.push(auc(times.known, times.unknown));
      } while (aucs.at(-1) > BOUND && aucs.length < ROUNDS);
      test.diagnostic(`AUC ${aucs.map((auc) => auc.toFixed(3)).join(', ')}`);
      assert.ok(aucs.at(-1) <= BOUND, `AUC ${aucs}`);
    });

    async function round(times) {
      for (let sample = 0; sample < SAMPLES / 2; sample++) {
        // The order changes, so that what else the machine does affects both kinds alike.
        const order = Math.random() < 0.5 ? ['known', 'unknown'] : ['unknown', 'known'];
        for (const kind of order) times[kind].push(await timed(`${kind}-user-${sample % 20}`));
      }
    }

    async function timed(username) {
      const start = performance.now();
      const answer = await worker.login(username, 'a wrong password');
      await answer.text();
      assert.equal(answer.status, 401);
      return performance.now() - start;
    }
  });
}

describe('the measure', () => {
  it('finds a difference where there is one', async () => {
    const worker = await startWorker({ vars: { ACCOUNT_FREE_FAILURES: '10000' } });
    await worker.addUser({ ...recordedUsers[0], username: 'quick-user' });
    const times = { quick: [], unknown: [] };
    for (let sample = 0; sample < 40; sample++) {
      for (const kind of ['quick', 'unknown']) {
        const start = performance.now();
        await (await worker.login(`${kind}-user`, 'a wrong password')).text();
        times[kind].push(performance.now() - start);
      }
    }
    assert.ok(auc(times.quick, times.unknown) > 0.9);
    await worker.stop();
  });
});

/** How well latency tells two kinds apart, as the area under the ROC curve. 0.5 means not at all. */
function auc(some, others) {
  const greater = some.flatMap((a) => others.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  const share = greater.reduce((sum, one) => sum + one, 0) / greater.length;
  return Math.max(share, 1 - share);
}
