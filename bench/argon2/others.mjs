// Implementations of Argon2id for JavaScript, at the parameters of a login: milliseconds a hash, in Node.
import { argon2Sync } from 'node:crypto';
import { argon2id as noble } from '@noble/hashes/argon2.js';
import { argon2id as hashWasm } from 'hash-wasm';
import sodium from 'libsodium-wrappers-sumo';

await sodium.ready;
const password = Buffer.alloc(64, 'p');
const salt = Buffer.alloc(16, 's');

export const others = {
  openssl: () => argon2Sync('argon2id', { message: password, nonce: salt, parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 }),
  libsodium: () => Buffer.from(sodium.crypto_pwhash(32, password, salt, 2, 19_456 * 1024, sodium.crypto_pwhash_ALG_ARGON2ID13)),
  'hash-wasm': async () => Buffer.from(await hashWasm({ password, salt, parallelism: 1, iterations: 2, memorySize: 19_456, hashLength: 32, outputType: 'binary' })),
  '@noble/hashes': () => Buffer.from(noble(password, salt, { t: 2, m: 19_456, p: 1, dkLen: 32 })),
};
