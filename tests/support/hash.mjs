import { argon2Sync, randomBytes } from 'node:crypto';

/** A PHC string of Argon2id, made by Node's own implementation. */
export function argon2id(password, { memory = 19456, passes = 2, parallelism = 1 } = {}) {
  const nonce = randomBytes(16);
  const tag = argon2Sync('argon2id', { message: password, nonce, memory, passes, parallelism, tagLength: 32 });
  const base64 = (bytes) => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`;
}
