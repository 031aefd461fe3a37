// `npm run demo-user`: gives the local demo user a new password, creating the user if need be.
// With --if-empty: only where there is no user yet. Local state only; run by Node 24.
import * as crypto from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, local, output, root, say } from './run.mjs';

const NAME = 'demo';
const stores = { d1: { isEmpty: d1IsEmpty, put: d1Put }, kv: { isEmpty: kvIsEmpty, put: kvPut } };

if (!crypto.argon2Sync) fail('nothing is installed yet: type `npm start`');
const store = stores[userStore()] ?? fail(`USER_STORE is ${userStore()}, neither d1 nor kv: see .dev.vars and wrangler.toml`);
if (process.argv.includes('--if-empty') && !store.isEmpty()) {
  say('there are users already; `npm run demo-user` sets a new password for the demo user');
} else {
  const password = crypto.randomBytes(12).toString('base64url');
  store.put(hash(password));
  say(`the demo user: username ${NAME}, password ${password}`);
  say('once it is serving, log in with');
  console.log(`\n  curl -d username=${NAME} -d password=${password} http://localhost:${process.env.PORT ?? 8787}/api/user/login\n`);
}

/** The variable as `wrangler dev` sees it. */
function userStore() {
  const files = ['.dev.vars', 'wrangler.toml'].map((name) => join(root, name)).filter(existsSync);
  const lines = files.map((path) => readFileSync(path, 'utf8').match(/^[ \t]*(?:export[ \t]+)?USER_STORE[ \t]*=[ \t]*["']?([\w-]*)/m));
  return lines.find(Boolean)?.[1] || 'd1';
}

function d1IsEmpty() {
  return d1('SELECT EXISTS (SELECT 1 FROM users) AS found')[0].found === 0;
}

function d1Put(passwordHash) {
  d1(`INSERT INTO users (username, password_hash) VALUES ('${NAME}', '${passwordHash}')
    ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash, disabled = 0, changed_at = unixepoch()`);
}

function d1(sql) {
  return JSON.parse(wrangler('d1', 'execute', 'DB', '--local', '--json', '--command', sql))[0].results;
}

function kvIsEmpty() {
  return JSON.parse(wrangler('kv', 'key', 'list', '--binding', 'USERS', '--local', '--prefix', 'user:')).length === 0;
}

function kvPut(passwordHash) {
  const now = Math.floor(Date.now() / 1000);
  const record = { password_hash: passwordHash, disabled: false, created_at: now, changed_at: now };
  wrangler('kv', 'key', 'put', `user:${NAME}`, JSON.stringify(record), '--binding', 'USERS', '--local');
}

function wrangler(...args) {
  return output('wrangler', args, local) ?? fail('the local store does not answer: type `npm start`, which makes it');
}

/** Argon2id as new hashes are: m=19456 KiB, t=2, p=1, a PHC string. */
function hash(password) {
  const nonce = crypto.randomBytes(16);
  const tag = crypto.argon2Sync('argon2id', { message: password, nonce, memory: 19456, passes: 2, parallelism: 1, tagLength: 32 });
  const base64 = (bytes) => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=19456,t=2,p=1$${base64(nonce)}$${base64(tag)}`;
}
