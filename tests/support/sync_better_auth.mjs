// An application with Better Auth and the plugin of docs/SYNC.md. Does with its users what each line of standard input says, and
// prints what came of it. With an argument, it also sends what has changed.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { admin } from 'better-auth/plugins';
import { loginSync, sendUsers } from './login-sync.mjs';

const ADMIN = { email: 'admin@example.com', password: 'the password of an administrator' };
const resets = new Map();
let isFailing = false;
const database = new DatabaseSync(process.env.DATABASE, { timeout: 5000 });
const auth = betterAuth({
  database,
  secret: 'the secret of an application in a test',
  baseURL: 'http://localhost',
  emailAndPassword: { enabled: true, sendResetPassword: async ({ user, token }) => void resets.set(user.email, token) },
  user: { changeEmail: { enabled: true, updateEmailWithoutVerification: true }, deleteUser: { enabled: true } },
  plugins: [admin(), loginSync()],
  databaseHooks: { session: { create: { before: async () => !isFailing } } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
});
await (await getMigrations(auth.options)).runMigrations();
await auth.api.signUpEmail({ body: { ...ADMIN, name: 'Admin' } }).catch(() => {});
database.exec(`UPDATE user SET role = 'admin' WHERE email = '${ADMIN.email}'`);

const idOf = (email) => database.prepare('SELECT id FROM user WHERE email = ?').get(email)?.id;
const passwords = new Map();
async function headers(email, password = passwords.get(email)) {
  const { headers } = await auth.api.signInEmail({ body: { email, password }, returnHeaders: true });
  return new Headers({ cookie: headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ') });
}
const byAdmin = () => headers(ADMIN.email, ADMIN.password);

const actions = {
  create: async (email, password) => {
    passwords.set(email, password);
    await auth.api.signUpEmail({ body: { email, password, name: email } });
  },
  rollback: async (email, password) => {
    isFailing = true;
    await assert.rejects(auth.api.signUpEmail({ body: { email, password, name: email } }));
    isFailing = false;
    assert.equal(idOf(email), undefined);
  },
  password: async (email, newPassword) => {
    await auth.api.changePassword({ body: { currentPassword: passwords.get(email), newPassword }, headers: await headers(email) });
    passwords.set(email, newPassword);
  },
  reset: async (email, newPassword) => {
    await auth.api.requestPasswordReset({ body: { email, redirectTo: '/' } });
    await auth.api.resetPassword({ body: { newPassword, token: resets.get(email) } });
  },
  hash: async (email, password) => (await auth.$context).internalAdapter.updatePassword(idOf(email), password),
  disable: async (email) => auth.api.banUser({ body: { userId: idOf(email) }, headers: await byAdmin() }),
  enable: async (email) => auth.api.unbanUser({ body: { userId: idOf(email) }, headers: await byAdmin() }),
  'ban for a second': async (email) => auth.api.banUser({ body: { userId: idOf(email), banExpiresIn: 1 }, headers: await byAdmin() }),
  'create by admin': async (email, password) => {
    passwords.set(email, password);
    await auth.api.createUser({ body: { email, password, name: email }, headers: await byAdmin() });
  },
  'rename by admin': async (email, to) => auth.api.adminUpdateUser({ body: { userId: idOf(email), data: { email: to } }, headers: await byAdmin() }),
  'set by admin': async (email, newPassword) => {
    await auth.api.setUserPassword({ body: { userId: idOf(email), newPassword }, headers: await byAdmin() });
    passwords.set(email, newPassword);
  },
  touch: async (email) => auth.api.updateUser({ body: { name: 'Another name' }, headers: await headers(email) }),
  rename: async (email, newEmail) => auth.api.changeEmail({ body: { newEmail }, headers: await headers(email) }),
  leave: async (email) => auth.api.deleteUser({ body: { password: passwords.get(email) }, headers: await headers(email) }),
  delete: async (email) => auth.api.removeUser({ body: { userId: idOf(email) }, headers: await byAdmin() }),
  sql: (text) => database.exec(text),
  bulk: (email) => database.prepare('UPDATE user SET banned = 1 WHERE email = ?').run(email),
  refused: () => database.prepare('SELECT user.email AS username, refused FROM loginSync JOIN user ON user.id = userId WHERE refused IS NOT NULL').all(),
};
if (process.argv[2]) sendUsers(auth);
for await (const line of createInterface({ input: process.stdin })) {
  const [action, ...args] = JSON.parse(line);
  console.log(JSON.stringify(await actions[action](...args) ?? null));
}
