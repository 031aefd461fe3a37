// Brute force against the built Worker: the counts of its guard objects, and the gate in front.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { unstable_readConfig } from 'wrangler';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const from = (address) => ({ headers: { 'x-client': address } });
const statuses = (answers) => answers.map(({ status }) => status).sort();

/** Sends a burst. On a busy machine it outlasts the first delays, of 1 s, 2 s, 4 s and so on: `late` guesses more may then be counted. */
async function burst(count, guess) {
  const start = Date.now();
  const answers = await Promise.all(Array.from({ length: count }, (_, number) => guess(number)));
  const [counted, refused] = [401, 429].map((expected) => answers.filter(({ status }) => status === expected).length);
  return { answers, counted, refused, late: Math.floor(Math.log2(1 + (Date.now() - start) / 1000)) };
}

describe('the guard', () => {
  let worker;
  before(async () => {
    worker = await startWorker({ cf: { continent: 'EU' }, vars: { ACCOUNT_FREE_FAILURES: '60' } });
    for (const user of recordedUsers) await worker.addUser(user);
    for (const username of ['edith', 'fatima', 'gustav']) await worker.addUser({ ...recordedUsers[0], username });
  });
  after(() => worker.stop());

  it('counts a burst of guesses one by one', async () => {
    const { answers, counted, refused, late } = await burst(100, (number) => worker.login('alice', `guess ${number}`, from('192.0.2.1')));
    assert.ok(counted >= 5 && counted <= 5 + late, `${counted} were counted, ${late} may have been late`);
    assert.equal(counted + refused, 100);
    const one = answers.find(({ status }) => status === 429);
    assert.ok(Number(one.headers.get('retry-after')) <= 2 ** late);
    assert.deepEqual(await one.json(), { detail: 'Too many login attempts' });
    await worker.logged(100);
    const outcomes = worker.attempts().map(({ outcome }) => outcome).sort();
    assert.deepEqual(outcomes, [...Array(counted).fill('bad_password'), ...Array(100 - counted).fill('throttled')]);
  });

  it('answers the same for a user and for nobody', async () => {
    for (let failure = 0; failure < 7; failure++) {
      const [known, unknown] = await Promise.all(['edith', 'no-such-user'].map((name) => worker.login(name, 'a wrong password', from('192.0.2.2'))));
      assert.equal(known.status, unknown.status);
      assert.equal(await known.text(), await unknown.text());
      const headers = ({ headers }) => [...headers].filter(([name]) => name !== 'date');
      assert.deepEqual(headers(known), headers(unknown));
    }
  });

  it('takes IPv6 clients by their /64, and no forwarded header', async () => {
    for (let host = 1; host <= 5; host++) await worker.login('fatima', 'a wrong password', from(`2001:db8:0:1::${host}`));
    assert.equal((await worker.login('fatima', PASSWORD, from('2001:db8:0:1::ffff'))).status, 429);
    const forwarded = { headers: { 'x-client': '2001:db8:0:1::1', 'x-forwarded-for': '198.51.100.1', 'true-client-ip': '198.51.100.1', 'x-real-ip': '198.51.100.1' } };
    assert.equal((await worker.login('fatima', PASSWORD, forwarded)).status, 429);
    assert.equal((await worker.login('fatima', PASSWORD, from('2001:db8:0:2::1'))).status, 200);
  });

  it('holds up strangers after failures from everywhere, and not the owner', async () => {
    assert.equal((await worker.login('gustav', PASSWORD, from('198.51.100.7'))).status, 200);
    // 60 failures are free, ten of them in each region.
    const { counted, refused, late } = await burst(40, (number) => worker.login('gustav', 'a wrong password', from(`203.0.113.${number}`)));
    assert.ok(counted >= 10 && counted <= 10 + late, `${counted} were counted, ${late} may have been late`);
    assert.equal(counted + refused, 40);
    // Where the burst outlasted a delay, this attempt may, too.
    const stranger = await worker.login('gustav', PASSWORD, from('198.51.100.8'));
    assert.equal(stranger.status, late > 0 && stranger.status === 200 ? 200 : 429);
    assert.equal((await worker.login('gustav', PASSWORD, from('198.51.100.7'))).status, 200);
  });
});

describe('counts', () => {
  it('outlive a restart of everything', async () => {
    const persist = mkdtempSync(join(tmpdir(), 'edge-login-'));
    const vars = { SECRET_KEY: randomBytes(32).toString('hex'), USER_STORE: 'kv' };
    let worker = await startWorker({ persist, vars });
    for (let failure = 0; failure < 9; failure++) await worker.login('no-one', 'a wrong password', from('192.0.2.9'));
    await worker.stop();
    worker = await startWorker({ persist, vars });
    // Five were free, then a second had to pass. However long the restart took, none is free again.
    const { counted, late } = await burst(9, () => worker.login('no-one', 'a wrong password', from('192.0.2.9')));
    assert.ok(counted <= 1 + late, `${counted} more were free`);
    await worker.stop();
    rmSync(persist, { recursive: true });
  });

  it('outlive a panic', async () => {
    const worker = await startWorker({ entry: 'tests/support/faulty.mjs' });
    for (let failure = 0; failure < 5; failure++) await worker.login('no-one', 'a wrong password', from('192.0.2.9'));
    const panic = await worker.login('no-one', 'a wrong password', { headers: { 'x-fault': 'd1 makes it panic' } });
    assert.equal(panic.status, 503);
    const { counted, late } = await burst(9, () => worker.login('no-one', 'a wrong password', from('192.0.2.9')));
    assert.ok(counted <= 1 + late, `${counted} more were free`);
    await worker.stop();
  });
});

describe('the rows of the guard', () => {
  it('are none for a usual login, and two at most for a failure', async () => {
    const persist = mkdtempSync(join(tmpdir(), 'edge-login-'));
    const options = { persist, entry: 'tooling/counted.mjs', vars: { GUARD_SHARDS: '1', GUARD_REGIONS: 'weur' } };
    let worker = await startWorker(options);
    await worker.addUser(recordedUsers[0]);
    const { username } = recordedUsers[0];
    const written = async (password, address) => {
      const { status } = await worker.login(username, password, from(address));
      return [status, (await (await worker.fetch('/rows')).json()).written];
    };
    await worker.login('someone', 'a wrong password');
    await worker.fetch('/rows');
    assert.deepEqual(await written(PASSWORD, '192.0.2.1'), [200, 1], 'the network is trusted from now on');
    assert.deepEqual(await written(PASSWORD, '192.0.2.1'), [200, 0]);
    assert.deepEqual(await written('a wrong password', '192.0.2.1'), [401, 1]);
    for (let failure = 0; failure < 5; failure++) assert.deepEqual(await written('a wrong password', '192.0.2.2'), [401, 2]);
    assert.deepEqual(await written('a wrong password', '192.0.2.2'), [429, 0]);
    assert.deepEqual(await written(PASSWORD, ''), [200, 1], "the account's bucket is emptied");
    assert.deepEqual(await written(PASSWORD, ''), [200, 0], 'an unknown network is not trusted');
    await worker.stop();
    worker = await startWorker(options);
    assert.deepEqual(await written(PASSWORD, ''), [200, 1], 'an object that was started anew finds out whether it can write');
    assert.deepEqual(await written(PASSWORD, ''), [200, 0]);
    await worker.stop();
    rmSync(persist, { recursive: true });
  });
});

describe('CF-Connecting-IP', () => {
  it('is the client, where no other header is named', async () => {
    const worker = await startWorker({ vars: { CLIENT_IP_HEADER: null } });
    const guess = (address) => worker.login('alice', 'a wrong password', { headers: { 'cf-connecting-ip': address, 'x-forwarded-for': address } });
    const answers = [];
    for (let number = 0; number < 6; number++) answers.push(await guess('192.0.2.1'));
    assert.deepEqual(statuses(answers), [401, 401, 401, 401, 401, 429]);
    await worker.stop();
  });
});

describe('the gate', () => {
  it('turns away a network that tries too much, before any look-up', async () => {
    // The gate has the period of wrangler.toml. The answer's header comes from the Rust code.
    const [{ simple: { period } }] = unstable_readConfig({ config: join(root, 'wrangler.toml') }).ratelimits;
    const worker = await startWorker({ gate: 3, entry: 'tests/support/faulty.mjs' });
    const answers = [];
    for (let number = 0; number < 8; number++) {
      answers.push(await worker.login(`user-number-${number}`, 'a wrong password', { headers: { 'x-client': '192.0.2.1', 'x-fault': number > 3 ? 'd1 fails' : '' } }));
    }
    // The gate's windows follow the clock, so a burst may fall into two of them.
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 2);
    for (const answer of refused) assert.equal(answer.headers.get('retry-after'), String(period));
    assert.notEqual((await worker.login('someone', 'a wrong password', from('192.0.2.2'))).status, 429);
    await worker.stop();
  });

  it('may be absent: that is said once, and the guard counts', async () => {
    const worker = await startWorker({ gate: 0 });
    for (let number = 0; number < 3; number++) assert.equal((await worker.login('someone', 'a wrong password')).status, 401);
    assert.equal(worker.logs.filter(({ message }) => message.includes('NETWORK_RATE is absent')).length, 1);
    await worker.stop();
  });
});
