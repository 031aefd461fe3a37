// `npm run demo-user`: gives the local demo user a new password, and creates the user if there is none.
// With --if-empty it does so only if there is no user at all. It changes local state only. npm runs it
// with Node 24, which is one of the packages.
import { randomBytes } from 'node:crypto';
import { fail, local, say } from '../tooling/run.mjs';
import { putUser, storeOf, stores } from '../tooling/users.mjs';

const username = 'demo';

// wrangler reads these when it is imported.
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
