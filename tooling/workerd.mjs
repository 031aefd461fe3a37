// Starts workerd with the configuration of wrangler.toml, for the built Worker or for its stores alone.
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from 'wrangler';
import { built, root } from './root.mjs';

// The one that wrangler brings.
const { Miniflare, NoOpLog, convertV4MiniflareOptions } = createRequire(createRequire(import.meta.url).resolve('wrangler'))('miniflare');

const module = (type, path, encoding) => ({ type, path, contents: readFileSync(path, encoding) });

/**
 * @param entry the path of a module around the built one
 * @param modules what runs instead of the built Worker
 * @param vars variables beside or instead of the defaults; null leaves one out
 * @param gate how many attempts the gate in front of the guard lets pass in its period; with 0 there is no gate
 * @param options further options of Miniflare
 */
export async function startWorkerd({ entry, modules = worker(entry), vars, gate, ...options }) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  // A header says which client a request comes from.
  const variables = { SECRET_KEY: randomBytes(32).toString('hex'), CLIENT_IP_HEADER: 'x-client', ...vars };
  const bindings = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null));
  const { NETWORK_RATE } = workerOptions.ratelimits;
  const ratelimits = gate ? { NETWORK_RATE: { ...NETWORK_RATE, simple: { ...NETWORK_RATE.simple, limit: gate } } } : undefined;
  return started({ ...workerOptions, ratelimits, modulesRoot: '/', modules, ...options, bindings });
}

/** Starts a Worker that has nothing but a service binding `LOGIN` to a workerd. */
export function startBound(script, login) {
  const LOGIN = (request) => login.mf.dispatchFetch(request.url, request);
  return started({ modulesRoot: '/', modules: [{ type: 'ESModule', path: '/service.mjs', contents: script }], serviceBindings: { LOGIN } });
}

/** The variables that `wrangler dev` gives the Worker. */
export function localVariables() {
  return unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml')).workerOptions.bindings;
}

/** Starts the local stores of `wrangler dev`, with the variables that it gives the Worker. */
export function startLocalStores() {
  const { workerOptions: { bindings, d1Databases, kvNamespaces } } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  const resourcePersistencePath = join(root, '.wrangler', 'state', 'v3');
  return started({ bindings, d1Databases, kvNamespaces, resourcePersistencePath, modules: true, script: 'export default {}' });
}

async function started(options) {
  const mf = new Miniflare(convertV4MiniflareOptions({ log: new NoOpLog(), ...options }));
  return { mf, url: await mf.ready, bindings: options.bindings };
}

function worker(entry) {
  const around = entry ? [module('ESModule', join(root, entry), 'utf8')] : [];
  return [...around, module('ESModule', join(built, 'index.js'), 'utf8'), module('CompiledWasm', join(built, 'index_bg.wasm'))];
}

/** Creates the tables unless they exist. */
export async function migrate({ mf }) {
  const db = await mf.getD1Database('DB');
  if (await db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'users'").first()) return;
  const folder = join(root, 'migrations');
  const statements = readdirSync(folder).sort().flatMap((name) => unstable_splitSqlQuery(readFileSync(join(folder, name), 'utf8')));
  for (const statement of statements) await db.prepare(statement).run();
}
