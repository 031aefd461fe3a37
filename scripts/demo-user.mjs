// `npm run demo-user`: gives the local demo user a new password, creating the user if need be.
// With --if-empty: only where there is no user yet. Local state only; run by Node 24.
import { randomBytes } from 'node:crypto';
import { fail, local, say } from '../tooling/run.mjs';
import { putUser, storeOf, stores } from '../tooling/users.mjs';

const username = 'demo';

// Read by wrangler when it is imported.
Object.assign(process.env, { WRANGLER_LOG: 'error', ...local });
const [{ argon2id }, { startLocalStores }] = await Promise.all([import('../tooling/hashes.mjs'), import('../tooling/workerd.mjs')])
  .catch(({ message }) => fail(`nothing is installed yet: type \`npm start\` (${message})`));

const workerd = await startLocalStores();
const store = storeOf(workerd) ?? fail(`USER_STORE is none of ${Object.keys(stores).join(', ')}: see .dev.vars and wrangler.toml`);
const isEmpty = await store.isEmpty(workerd).catch(({ message }) => fail(`the local store does not answer: type \`npm start\`, which makes it (${message})`));
if (process.argv.includes('--if-empty') && !isEmpty) {
  say('there are users already; `npm run demo-user` sets a new password for the demo user');
} else {
  const password = randomBytes(12).toString('base64url');
  await putUser(workerd, { username, password_hash: argon2id(password) });
  say(`the demo user: username ${username}, password ${password}`);
  say('once it is serving, log in with');
  console.log(`\n  curl -d username=${username} -d password=${password} http://localhost:${process.env.PORT ?? 8787}/api/user/login\n`);
}
await workerd.mf.dispose();
