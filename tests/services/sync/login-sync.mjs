// A plugin of Better Auth that notes which users the login has yet to be told of, and what sends them.
import { setTimeout } from 'node:timers/promises';

const USERS = `${process.env.LOGIN}/api/users`; // https://login.example.com/api/users
const model = 'loginSync';
const is = (field, value, operator = 'eq') => ({ field, value, operator });

export const loginSync = () => ({
  id: 'login-sync',
  // A row for each user: the name that the login has, and what is not sent yet or was refused.
  schema: { [model]: { fields: {
    userId: { type: 'string', unique: true },
    username: { type: 'string', required: false },
    change: { type: 'string', required: false },
    refused: { type: 'string', required: false },
  } } },
  init({ adapter }) {
    async function note(userId) {
      const change = crypto.randomUUID();
      const update = () => adapter.updateMany({ model, where: [is('userId', userId)], update: { change } });
      if (await update()) return;
      // Unless another request has created the row meanwhile.
      await adapter.create({ model, data: { userId, change } }).catch(async (error) => {
        if (!await update()) throw error;
      });
    }
    const user = { after: (user) => user && note(user.id) };
    const account = { after: (account) => account && note(account.userId) };
    // Whose password was reset, or set by an administrator, is not said. So look at who was changed just now.
    const update = { async after(account) {
      if (account?.userId) return note(account.userId);
      const where = [is('updatedAt', new Date(Date.now() - 60_000), 'gt'), is('providerId', 'credential')];
      const sortBy = { field: 'updatedAt', direction: 'desc' };
      for (const { userId } of await adapter.findMany({ model: 'account', where, sortBy })) await note(userId);
    } };
    return { options: { databaseHooks: {
      user: { create: user, update: user, delete: user },
      account: { create: account, update, delete: account },
    } } };
  },
});

/** Sends for ever. Run one of it: two could send an old state after a new one. */
export async function sendUsers(auth) {
  const { adapter } = await auth.$context;
  for (let pause = 500; ; await setTimeout(pause)) {
    try {
      for (const row of await adapter.findMany({ model, where: [is('change', null, 'ne')] })) await sendRow(adapter, row);
      pause = 500;
    } catch (error) {
      pause = Math.min(2 * pause, 60_000);
      console.warn(`trying again in ${pause} ms: ${error.message}`);
    }
  }
}

async function sendRow(adapter, { userId, username, change }) {
  const user = await adapter.findOne({ model: 'user', where: [is('id', userId)] });
  // The old name may be another user's by now.
  if (username && username !== user?.email) await send(username, await stateOf(adapter, username));
  let refused = null;
  if (user) {
    await adapter.updateMany({ model, where: [is('userId', userId)], update: { username: user.email } });
    refused = await send(user.email, await stateOf(adapter, user.email));
  }
  // If the user was changed meanwhile, the row is sent again.
  const where = [is('userId', userId), is('change', change)];
  if (user) await adapter.updateMany({ model, where, update: { change: null, refused } });
  else await adapter.deleteMany({ model, where });
}

/** What the login is to have under a name. */
async function stateOf(adapter, email) {
  const user = await adapter.findOne({ model: 'user', where: [is('email', email)] });
  const where = [is('userId', user?.id), is('providerId', 'credential')];
  const account = user && await adapter.findOne({ model: 'account', where });
  if (!account?.password) return null;
  const isOver = user.banExpires && new Date(user.banExpires) < new Date();
  return { password_hash: account.password, disabled: Boolean(user.banned) && !isOver };
}

/** Makes the login's user what `user` says; null deletes them. Gives the reason if the login refuses the user. */
async function send(username, user) {
  if (Buffer.byteLength(username) > 256) return user && 'nobody at the login can have so long a name';
  if (!user) return ask('DELETE', username);
  const refused = await ask('PUT', username, user);
  if (refused) await ask('PATCH', username, { disabled: true }); // The state from before must not go on.
  return refused;
}

async function ask(method, username, body) {
  const answer = await fetch(`${USERS}/${encodeURIComponent(username)}`, {
    method,
    headers: { authorization: `Bearer ${process.env.SERVICE_KEY}` },
    body: body && JSON.stringify(body),
    redirect: 'manual',
    signal: AbortSignal.timeout(40_000),
  });
  if (answer.status === 422) return answer.text();
  await answer.body?.cancel();
  if (answer.status < 300 || (answer.status === 404 && method !== 'PUT')) return null;
  throw new Error(`${method} was answered ${answer.status}`);
}
