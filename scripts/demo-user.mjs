// `npm run demo-user`: gives the local demo user a new password, and creates the user if there is none.
// With --if-empty it does so only if there is no user at all. It changes local state only.
import { randomBytes, scryptSync } from 'node:crypto';
import { fail, local, say } from '../tooling/run.mjs';
import { putUser, storeOf, stores } from '../tooling/users.mjs';

const username = 'demo';

// wrangler reads these when it is imported.
Object.assign(process.env, { WRANGLER_LOG: 'error', ...local });
const { startLocalStores } = await import('../tooling/workerd.mjs').catch(({ message }) => fail(`nothing is installed yet: type \`npm start\` (${message})`));

const workerd = await startLocalStores();
const store = storeOf(workerd) ?? fail(`USER_STORE is none of ${Object.keys(stores).join(', ')}: see .dev.vars and wrangler.toml`);
const isEmpty = await store.isEmpty(workerd).catch(({ message }) => fail(`the local store does not answer: type \`npm start\`, which makes it (${message})`));
if (process.argv.includes('--if-empty') && !isEmpty) {
  say('there are users already; `npm run demo-user` sets a new password for the demo user');
} else {
  const password = randomBytes(12).toString('base64url');
  await putUser(workerd, { username, password_hash: scrypt(password) });
  say(`the demo user: username ${username}, password ${password}`);
  say('once it is serving, log in with');
  console.log(`\n  curl -d username=${username} -d password=${password} http://localhost:${process.env.PORT ?? 8787}/api/user/login\n`);
}
await workerd.mf.dispose();

/** A hash that Node can make since version 18. The first login replaces it with Argon2id. */
function scrypt(password) {
  const salt = randomBytes(16);
  const base64 = (bytes) => bytes.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=14,r=8,p=1$${base64(salt)}$${base64(scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 }))}`;
}
