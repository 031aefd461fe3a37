// Password hashes: real ones by Node's own Argon2id, and ones for no password.
import { argon2Sync, randomBytes } from 'node:crypto';

const SALT = 'OOY0GHo6SbXSlO44';
const base64 = (bytes) => bytes.toString('base64').replace(/=+$/, '');
const key = (bytes) => base64(randomBytes(bytes));
const phc = (kind, memory, passes, lanes, salt, tag) => `$${kind}$v=19$m=${memory},t=${passes},p=${lanes}$${salt}$${tag}`;
const CRYPT = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The last character of a SHA-crypt hash has only a few bits. */
const crypt = (length) => [...randomBytes(length - 1)].map((byte) => CRYPT[byte % 64]).join('') + '.';

/** The hash of a password. By default it has the parameters of edge-login's new hashes. */
export const argon2id = (password, parameters) => argon2('argon2id', password, parameters);

/** The hash of a password by one of the kinds of Argon2. */
export function argon2(kind, password, { memory = 19456, passes = 2, parallelism = 1, tagLength = 32 } = {}) {
  const nonce = randomBytes(16);
  const tag = argon2Sync(kind, { message: password, nonce, memory, passes, parallelism, tagLength });
  return phc(kind, memory, passes, parallelism, base64(nonce), base64(tag));
}

/** A hash that no password is known to match. `cost` is written as in crates/passwords/src/cost.rs. */
export function hashOf(cost) {
  const [name, ...parameters] = cost.split('-');
  const numbers = parameters.map((text) => text.replace(/^[a-z]+/, ''));
  switch (name) {
    case 'argon2id': {
      const [memory, passes, lanes] = parameters.length ? numbers : [19456, 2, 1];
      return phc('argon2id', memory, passes, lanes, key(16), key(32));
    }
    case 'bcrypt':
      return `$2b$${parameters[0]}$052SALUtT6jRZEqnAXP14e0UTF8EDXbN3eIhoA6H998/kTxhekyV3`;
    case 'pbkdf2': {
      const [digest, iterations] = parameters;
      const [scheme, bytes] = { sha1: ['pbkdf2', 20], sha256: ['pbkdf2-sha256', 32], sha512: ['pbkdf2-sha512', 64] }[digest];
      return `$${scheme}$${iterations}$${SALT}$${key(bytes)}`;
    }
    case 'scrypt': {
      const [logN, r, p] = numbers;
      return `$scrypt$ln=${logN},r=${r},p=${p}$${SALT}$${key(32)}`;
    }
    case 'sha256':
      return `$5$rounds=${parameters[1]}$${SALT}$${crypt(43)}`;
    case 'sha512':
      return `$6$rounds=${parameters[1]}$${SALT}$${crypt(86)}`;
    default:
      throw new Error(`no hash is known of the cost ${cost}`);
  }
}
