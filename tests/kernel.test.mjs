// The Argon2 kernel as V8 runs it: equal to the crate `argon2`, and to RFC 9106.
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { argon2Worker } from '../tooling/argon2.mjs';

const ALGORITHMS = ['d', 'i', 'id'];
/** Of RFC 9106 §5. */
const TAGS = [
  '512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb',
  'c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8',
  '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
];

describe('the Argon2 kernel in workerd', () => {
  let worker;
  before(async () => {
    worker = await argon2Worker();
  });
  after(() => worker.stop());

  it('gives the tags of the RFC', async () => {
    for (const [algorithm, tag] of TAGS.entries()) assert.equal(await worker.hash('vector', [algorithm], 32), tag);
  });

  it('gives what the crate gives, for any parameters', async () => {
    for (let round = 0; round < 150; round += 1) {
      const lanes = randomInt(1, 6);
      const [algorithm, bytes] = [randomInt(3), randomInt(4, 257)];
      const parameters = [algorithm, randomInt(4) ? 0x13 : 0x10, 8 * lanes + randomInt(1500), randomInt(1, 5), lanes, bytes];
      const input = randomBytes(128).toString('hex');
      const [kernel, plain] = [await worker.hash('kernel', parameters, bytes, input), await worker.hash('plain', parameters, bytes, input)];
      assert.equal(kernel, plain, `Argon2${ALGORITHMS[algorithm]} ${parameters.slice(1)} of ${input}`);
    }
  });

  it('gives what the crate gives in the memory that a login takes, before and after a larger one', async () => {
    const input = randomBytes(128).toString('hex');
    for (const memory of [19_456, 65_536, 19_456]) {
      const parameters = [2, 0x13, memory, 2, 1, 32];
      assert.equal(await worker.hash('kernel', parameters, 32, input), await worker.hash('plain', parameters, 32, input));
    }
  });
});
