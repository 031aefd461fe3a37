// What a guard object keeps of sessions through a restart, and what its alarm deletes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { argon2id } from '../tooling/hashes.mjs';
import { startWorker } from '../tooling/worker.mjs';

const PASSWORD = 'the password of a test';
const HOUR = 3_600_000;
const account = '0123456789abcdef';

/** Starts a Worker whose guard object is asked without the Worker. */
async function start() {
  const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
  const namespace = await worker.mf.getDurableObjectNamespace('GUARD');
  // After a restart, a stub that was made before it may stay broken.
  const send = (path, body, fault = 'none') =>
    namespace
      .get(namespace.idFromName('enam-0'))
      .fetch(`https://guard/${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'x-fault': fault } });
  const ask = async (question, fields, fault) => (await send('session', { [question]: { account, ...fields } }, fault)).json();
  const hash = argon2id(PASSWORD, { memory: 64, passes: 1 });
  return {
    stop: worker.stop,
    ask,
    /** Whether a login's tokens are `alive` or `dead`. */
    state: async (number) => Object.keys(await ask('is_alive', { token: { number } }))[0],
    end: async (number) => assert.deepEqual(await ask('end', { token: { number }, until: Date.now() + HOUR }), { ended: {} }),
    endAll: async () => assert.deepEqual(await ask('end_all', { until: Date.now() + HOUR }), { ended: {} }),
    refresh: (number, generation, secret) => ask('refresh', { number, generation, secret, network: 'home', idle: HOUR, tokens: HOUR }),
    /** Ends the object before the answer to a question leaves. */
    restart: () => assert.rejects(ask('list', {}, 'restart')),
    alarm: async () => (await send('session', {}, 'alarm')).json(),
    /** The number of a login. With a `secret` it begins a session. */
    login: async (secret) => {
      const bucketed = { account, network: account, network_is_known: true, again: false };
      const session = secret && { secret, network: 'home', client: 'encrypted', idle: HOUR, lifetime: HOUR, tokens: HOUR };
      const answer = await send('attempt', { bucketed, hash, password: PASSWORD, version: 0, session });
      const { verdict, number } = await answer.json();
      assert.equal(verdict, 'match');
      return number;
    },
  };
}

describe('a guard object that restarts', () => {
  it('knows what was ended, what was refreshed, and which numbers it gave', async () => {
    const object = await start();
    const kept = await object.login('secret');
    const ended = await object.login();
    await object.end(ended);
    const { refreshed } = await object.refresh(kept, 0, 'secret');
    assert.equal(refreshed.generation, 1);
    await object.restart();
    assert.equal(await object.state(ended), 'dead');
    assert.equal(await object.state(kept), 'alive');
    assert.equal((await object.refresh(kept, 0, 'secret')).refreshed.generation, 1);
    assert.equal((await object.refresh(kept, 1, 'secret')).refreshed.generation, 2);

    // Everything up to two seconds from now is ended, so these numbers are ahead of the clock.
    await object.endAll();
    const before = await object.login();
    await object.restart();
    const after = await object.login();
    assert.ok(after > before);
    await object.endAll();
    await object.restart();
    for (const number of [kept, ended, before, after]) assert.equal(await object.state(number), 'dead');
    const later = await object.login();
    assert.ok(later > after);
    assert.equal(await object.state(later), 'alive');
    await object.stop();
  });
});

describe('a hundred refreshes at once', () => {
  it('get one successor from the object', async () => {
    const object = await start();
    const number = await object.login('secret');
    const answers = await Promise.all(Array.from({ length: 100 }, () => object.refresh(number, 0, 'secret')));
    assert.deepEqual(new Set(answers.map(({ refreshed }) => refreshed?.generation)), new Set([1]));
    assert.deepEqual(await object.refresh(number, 0, 'another'), { refused: { why: 'no_session' } });
    await object.stop();
  });
});

describe('the alarm of a guard object with sessions', () => {
  it('deletes their rows once they have expired', async () => {
    const object = await start();
    await object.end(await object.login());
    await object.endAll();
    await object.login('secret');
    const { before, kept, left } = await object.alarm();
    // A trusted network, a session, and the account with its not-before, above which the ended token isn't needed.
    assert.equal(before, 3);
    assert.deepEqual(kept, { rows: 3, alarm: true });
    assert.deepEqual(left, { rows: 0, alarm: false });
    await object.stop();
  });
});
