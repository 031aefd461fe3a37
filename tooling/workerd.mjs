// Starts workerd with the built Worker and the configuration of wrangler.toml.
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from 'wrangler';
import { root } from './run.mjs';

const module = (type, path, encoding) => ({ type, path: join(root, path), contents: readFileSync(join(root, path), encoding) });

/**
 * @param entry the path of a module around the built one
 * @param modules what runs instead of the built Worker
 * @param vars variables beside or instead of the defaults; null leaves one out
 * @param gate how many attempts the gate in front of the guard lets pass in its period; with 0 there is no gate
 * @param options further options of Miniflare
 */
export async function startWorkerd({ entry, modules = built(entry), vars, gate, ...options }) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  // A header says which client a request comes from.
  const variables = { SECRET_KEY: randomBytes(32).toString('hex'), CLIENT_IP_HEADER: 'x-client', ...vars };
  const bindings = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null));
  const { NETWORK_RATE } = workerOptions.ratelimits;
  const ratelimits = gate ? { NETWORK_RATE: { ...NETWORK_RATE, simple: { ...NETWORK_RATE.simple, limit: gate } } } : undefined;
  const mf = new Miniflare(convertV4MiniflareOptions({ log: new NoOpLog(), ...workerOptions, ratelimits, modulesRoot: root, modules, ...options, bindings }));
  return { mf, url: await mf.ready, bindings };
}

function built(entry) {
  const around = entry ? [module('ESModule', entry, 'utf8')] : [];
  return [...around, module('ESModule', 'build/index.js', 'utf8'), module('CompiledWasm', 'build/index_bg.wasm')];
}

/** Creates the tables unless they exist. */
export async function migrate({ mf }) {
  const db = await mf.getD1Database('DB');
  if (await db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'users'").first()) return;
  const folder = join(root, 'migrations');
  const statements = readdirSync(folder).sort().flatMap((name) => unstable_splitSqlQuery(readFileSync(join(folder, name), 'utf8')));
  for (const statement of statements) await db.prepare(statement).run();
}
