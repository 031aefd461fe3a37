// Starts the built Worker to log in at. Its storage is in memory unless a folder is named. Its log is
// kept. When the Worker stops, it must hold no secret, and no line that docs/log-lines.schema.json doesn't describe.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { leaks } from './leaks.mjs';
import { undocumented } from './log-lines.mjs';
import { putUser } from './users.mjs';
import { migrate, startWorkerd } from './workerd.mjs';

/**
 * @param cf what Cloudflare would say of the client
 * @param persist a folder to keep all storage in
 * @param options `vars`, `gate` and `entry`: see startWorkerd
 */
export async function startWorker({ cf, persist, gate = 100_000, ...options } = {}) {
  const logs = [];
  const arrived = new EventEmitter();
  const handleStructuredLogs = ({ level, message }) => {
    logs.push({ level, message });
    arrived.emit('line');
  };
  const workerd = await startWorkerd({ cf, resourcePersistencePath: persist, handleStructuredLogs, gate, ...options });
  const { mf, bindings } = workerd;
  // What is sent, stored or configured here must not be logged.
  const secrets = new Set([bindings.SECRET_KEY].filter(Boolean));
  const worker = { ...workerd, logs, secrets };
  if (bindings.USER_STORE !== 'kv') await migrate(workerd);
  const lines = (event) => logs.map(({ message }) => parsed(message)).filter((line) => line?.event === event);
  const attempts = () => lines('login');
  const upgrades = (user) => lines('upgrade').filter((line) => !user || line.user === user);
  return {
    ...worker,
    fetch: (path, init) => send(worker, path, init),
    login: (username, password, init) => login(worker, username, password, init),
    addUser: (user) => {
      secrets.add(user.username).add(user.password_hash);
      return putUser(workerd, user);
    },
    /** The log lines of an event, parsed. */
    lines,
    /** The log lines of all attempts, parsed. */
    attempts,
    /** Waits until so many attempts are logged. The lines of a burst come in any order. */
    logged: async (count) => {
      while (attempts().length < count) await once(arrived, 'line');
    },
    /** The log lines of all upgrades, or of one user's, parsed. */
    upgrades,
    /** The same, as soon as there are so many. */
    upgraded: async (count, user) => {
      while (upgrades(user).length < count) await once(arrived, 'line');
      return upgrades(user);
    },
    stop: async () => {
      await mf.dispose();
      assert.deepEqual(leaks(logs, secrets), []);
      assert.deepEqual(undocumented(logs), []);
    },
  };
}

function login(worker, username, password, init = {}) {
  worker.secrets.add(username).add(password);
  return send(worker, '/api/user/login', { method: 'POST', body: new URLSearchParams({ username, password }), ...init });
}

function send({ url }, path, init = {}) {
  const client = [10, ...randomBytes(3)].join('.');
  return fetch(new URL(path, url), { redirect: 'manual', ...init, headers: { 'x-client': client, ...init.headers } });
}

function parsed(message) {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
