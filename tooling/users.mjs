// Users in the stores of a workerd, as edge-login reads them.
const kv = (workerd) => workerd.mf.getKVNamespace('USERS');
const d1 = (workerd) => workerd.mf.getD1Database('DB');

/** The values of USER_STORE. */
export const stores = {
  d1: {
    isEmpty: async (workerd) => (await (await d1(workerd)).prepare('SELECT 1 FROM users').first()) === null,
    put: async (workerd, { username, password_hash, disabled, subject = null, claims }) => (await d1(workerd)).prepare(
      `INSERT INTO users (username, password_hash, disabled, subject, claims) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (username)
        DO UPDATE SET password_hash = excluded.password_hash, disabled = excluded.disabled, subject = excluded.subject,
          claims = excluded.claims, changed_at = unixepoch()`,
    ).bind(username, password_hash, Number(disabled), subject, claims ? JSON.stringify(claims) : null).run(),
  },
  kv: {
    isEmpty: async (workerd) => (await (await kv(workerd)).list({ prefix: 'user:', limit: 1 })).keys.length === 0,
    put: async (workerd, { username, password_hash, disabled, subject, claims }) => {
      const now = Math.floor(Date.now() / 1000);
      const record = { password_hash, disabled, subject, claims, created_at: now, changed_at: now };
      await (await kv(workerd)).put(`user:${username}`, JSON.stringify(record));
    },
  },
};

/** The store that a workerd's variables name. */
export const storeOf = ({ bindings }) => stores[bindings.USER_STORE || 'd1'];

/** Creates a user, or replaces the hash of an existing one. */
export async function putUser(workerd, user) {
  await storeOf(workerd).put(workerd, { disabled: false, ...user });
}

/** Creates many users in D1 with the same hash: `user0@example.com` and so on. Gives the database's size in bytes. */
export async function fillD1(workerd, users, password_hash) {
  const insert = (await d1(workerd)).prepare(`WITH RECURSIVE numbers (n) AS (VALUES (?1) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)
    INSERT INTO users (username, password_hash) SELECT 'user' || CAST(n AS INTEGER) || '@example.com', ?3 FROM numbers`);
  let size;
  for (let from = 0; from < users; from += 100_000) {
    const { meta } = await insert.bind(from, Math.min(users, from + 100_000), password_hash).run();
    size = meta.size_after;
  }
  return size;
}
