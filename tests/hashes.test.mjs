// Hashes of every library that people come from, verified in workerd, and what those libraries said of passwords.
import assert from 'node:assert/strict';
import { randomBytes, randomInt, scryptSync } from 'node:crypto';
import { after, before, it } from 'node:test';
import { startWorker } from '../tooling/worker.mjs';
import { recorded } from './support/recorded.mjs';

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker.stop());

for (const { library, format, hash, verdicts } of recorded('recorded-hashes.jsonl')) {
  // Each password has a user of its own, because a login that succeeds replaces the hash.
  const passwords = Object.entries(verdicts).filter(([password]) => password && password.length <= 4096);
  const right = passwords.filter(([, verdict]) => verdict);
  const wrong = passwords.filter(([, verdict]) => !verdict).slice(0, 1);
  it(`${library}: ${hash.slice(0, 60)}`, async () => {
    for (const [index, [password, verdict]] of [...wrong, ...right].entries()) {
      const username = `${index} ${hash.slice(0, 240)}`;
      await worker.addUser({ username, password_hash: hash });
      assert.equal((await worker.login(username, password)).status, verdict ? 200 : 401, password);
      assert.equal(worker.attempts().at(-1).format, format);
    }
  });
}

it('says why the one of 100 MiB is refused', async () => {
  const [{ hash, password }] = recorded('password-hashes.jsonl').filter(({ format }) => format === 'django argon2');
  await worker.addUser({ username: 'someone from Django', password_hash: hash });
  assert.equal((await worker.login('someone from Django', password)).status, 401);
  assert.match(worker.attempts().at(-1).error, /100 MiB of memory, but only 64 MiB fit/);
});

it('scrypt is what OpenSSL computes, for any parameters', async () => {
  const base64 = (bytes) => bytes.toString('base64').replace(/=+$/, '');
  for (let round = 0; round < 20; round += 1) {
    const [logN, r, p] = [randomInt(1, 11), randomInt(1, 20), randomInt(1, 4)];
    const [username, password, salt] = [`scrypt ${round}`, randomBytes(12).toString('hex'), randomBytes(randomInt(8, 40))];
    const key = scryptSync(password, salt, 32, { N: 2 ** logN, r, p });
    await worker.addUser({ username, password_hash: `$scrypt$ln=${logN},r=${r},p=${p}$${base64(salt)}$${base64(key)}` });
    assert.equal((await worker.login(username, `${password}?`)).status, 401);
    assert.equal((await worker.login(username, password)).status, 200, `${logN} ${r} ${p} ${password}`);
  }
});
