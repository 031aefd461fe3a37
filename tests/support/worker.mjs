// The built Worker in workerd, with the bindings that wrangler.toml gives it and storage in memory.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { leaks } from './leaks.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const build = join(root, 'build');
const module = (type, path) => ({ type, path, contents: type === 'CompiledWasm' ? readFileSync(path) : readFileSync(path, 'utf8') });

/**
 * @param vars variables over the defaults; null leaves one out
 * @param cf what Cloudflare would say of the client
 * @param gate attempts a minute that the gate in front of the guard lets pass; 0: there is none
 * @param persist a folder to keep all storage in
 * @param entry a module of this folder around the built one: faulty.mjs, hasty.mjs or measured.mjs
 */
export async function startWorker({ vars = {}, cf, gate = 100_000, persist, entry } = {}) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  // Every request comes from a client of its own, unless it says from which.
  const variables = { SECRET_KEY: randomBytes(32).toString('hex'), CLIENT_IP_HEADER: 'x-client', ...vars };
  const bindings = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null));
  // What tests send, store or get: none of it may be logged.
  const secrets = new Set([bindings.SECRET_KEY].filter(Boolean));
  const logs = [];
  const arrived = new EventEmitter();
  const mf = new Miniflare(convertV4MiniflareOptions({
    ...workerOptions,
    bindings,
    ratelimits: gate ? { NETWORK_RATE: { namespace_id: '1', simple: { limit: gate, period: 60 } } } : undefined,
    cf,
    resourcePersistencePath: persist,
    modulesRoot: root,
    modules: [
      ...(entry ? [module('ESModule', join(root, 'tests/support', entry))] : []),
      module('ESModule', join(build, 'index.js')),
      module('CompiledWasm', join(build, 'index_bg.wasm')),
    ],
    log: new NoOpLog(),
    handleStructuredLogs: ({ level, message }) => {
      logs.push({ level, message });
      arrived.emit('line');
    },
  }));
  const url = await mf.ready;
  const worker = { mf, url, bindings, logs, secrets };
  if (bindings.USER_STORE !== 'kv') await migrate(await mf.getD1Database('DB'));
  const lines = (event) => logs.map(({ message }) => parsed(message)).filter((line) => line?.event === event);
  const attempts = () => lines('login');
  const upgrades = (user) => lines('upgrade').filter((line) => !user || line.user === user);
  return {
    ...worker,
    fetch: (path, init) => send(url, path, init),
    login: (username, password, init) => login(worker, username, password, init),
    addUser: (user) => addUser(worker, user),
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

function login({ url, secrets }, username, password, init = {}) {
  secrets.add(username).add(password);
  return send(url, '/api/user/login', { method: 'POST', body: new URLSearchParams({ username, password }), ...init });
}

function send(url, path, init = {}) {
  const client = [10, ...randomBytes(3)].join('.');
  return fetch(new URL(path, url), { redirect: 'manual', ...init, headers: { 'x-client': client, ...init.headers } });
}

async function migrate(db) {
  if (await db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'users'").first()) return;
  for (const file of readdirSync(join(root, 'migrations')).sort()) {
    const sql = readFileSync(join(root, 'migrations', file), 'utf8').replace(/--.*$/gm, '');
    for (const statement of sql.split(';').filter((text) => text.trim())) await db.prepare(statement).run();
  }
}

async function addUser({ mf, bindings, secrets }, { username, password_hash, disabled = false }) {
  secrets.add(username).add(password_hash);
  if (bindings.USER_STORE === 'kv') {
    const users = await mf.getKVNamespace('USERS');
    await users.put(`user:${username}`, JSON.stringify({ password_hash, disabled }));
  } else {
    const db = await mf.getD1Database('DB');
    await db.prepare('INSERT INTO users (username, password_hash, disabled) VALUES (?1, ?2, ?3)')
      .bind(username, password_hash, Number(disabled)).run();
  }
}

function parsed(message) {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** The users of the conformance data, whose password this is for `alice` and `carol`. */
export const recordedUsers = JSON.parse(readFileSync(join(root, 'tests/conformance/users.json'), 'utf8'));
export const PASSWORD = 'correct horse battery staple';
