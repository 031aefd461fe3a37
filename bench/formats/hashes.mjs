// Hashes that no password is known to match, by the text of their cost: see crates/passwords/src/cost.rs.
import { randomBytes } from 'node:crypto';

const SALT = 'OOY0GHo6SbXSlO44';
const key = (bytes) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
const CRYPT = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The last character of a SHA-crypt hash has only a few bits. */
const crypt = (length) => [...randomBytes(length - 1)].map((byte) => CRYPT[byte % 64]).join('') + '.';

export function hashOf(cost) {
  const [name, ...parameters] = cost.split('-');
  const numbers = parameters.map((text) => text.replace(/^[a-z]+/, ''));
  switch (name) {
    case 'argon2id': {
      const [memory, passes, lanes] = parameters.length ? numbers : [19456, 2, 1];
      return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${SALT}$${key(32)}`;
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

/** `Cost::work`. */
export function work(cost) {
  const [name, ...parameters] = cost.split('-');
  const numbers = parameters.length ? parameters.map((text) => Number(text.replace(/^[a-z]+/, ''))) : [19456, 2, 1];
  switch (name) {
    case 'argon2id':
      return numbers[0] * numbers[1];
    case 'bcrypt':
      return 2 ** numbers[0];
    case 'scrypt':
      return 2 ** numbers[0] * numbers[1] * numbers[2];
    default:
      return numbers.at(-1);
  }
}
