// The built Worker, to log in at: with storage in memory, and with its log kept, in which no secret may be.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { leaks } from './leaks.mjs';
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
  // What tests send, store or get: none of it may be logged.
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
    /** The parsed lines of all attempts that are logged. */
    attempts,
    /** Waits until so many attempts are logged: lines of a burst come in any order. */
    logged: async (count) => {
      while (attempts().length < count) await once(arrived, 'line');
    },
    /** The parsed lines of all upgrades that are logged, or of one user's. */
    upgrades,
    /** The same once there are so many. */
    upgraded: async (count, user) => {
      while (upgrades(user).length < count) await once(arrived, 'line');
      return upgrades(user);
    },
    stop: async () => {
      await mf.dispose();
      assert.deepEqual(leaks(logs, secrets), []);
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
