// Workers in a workerd each, with the same options, reached without Miniflare's own Worker in front.
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { root } from '../../tests/support/worker.mjs';

/** The modules of the built edge-login. */
export const edgeLogin = [
  { type: 'ESModule', path: join(root, 'build/index.js'), contents: readFileSync(join(root, 'build/index.js'), 'utf8') },
  { type: 'CompiledWasm', path: join(root, 'build/index_bg.wasm'), contents: readFileSync(join(root, 'build/index_bg.wasm')) },
];

/** A Worker of one module, bundled as wrangler does it; packages come from bench/peers. */
export async function bundled(entry) {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: ['node:*', 'cloudflare:*'],
    nodePaths: [join(root, 'bench/peers/node_modules')],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  return [{ type: 'ESModule', path: join(root, 'bench/bundle.mjs'), contents: text }];
}

/**
 * @param modules what runs: `edgeLogin`, or `bundled(…)`
 * @param own whether it is edge-login, with its objects, its gate and its namespace; others have the database alone
 * @param sql statements for the database, instead of edge-login's tables
 */
export async function start({ modules, own = false, vars = {}, flags = [], sql, inspectorPort }) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  const { durableObjects, kvNamespaces, ratelimits, ...options } = workerOptions;
  const port = await freePort();
  const before = new Set(workerds());
  const mf = new Miniflare(convertV4MiniflareOptions({
    ...options,
    ...(own ? { durableObjects, kvNamespaces, ratelimits: { NETWORK_RATE: { namespace_id: '1', simple: { limit: 1e6, period: 60 } } } } : {}),
    compatibilityFlags: [...(options.compatibilityFlags ?? []), ...flags],
    bindings: { SECRET_KEY: randomBytes(32).toString('hex'), CLIENT_IP_HEADER: 'x-client', ...vars },
    modulesRoot: root,
    modules,
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    inspectorPort,
    log: new NoOpLog(),
    // Taken and dropped: writing them is part of what a Worker does.
    handleStructuredLogs: process.env.BENCH_LOGS ? ({ message }) => console.log(message) : () => {},
  }));
  await mf.ready;
  const pid = workerds().find((candidate) => !before.has(candidate));
  const db = await mf.getD1Database('DB');
  for (const statement of sql ?? migrations()) await db.prepare(statement).run();
  return { mf, db, pid, port, stop: () => mf.dispose() };
}

function migrations() {
  const folder = join(root, 'migrations');
  return readdirSync(folder).sort().flatMap((file) => {
    const sql = readFileSync(join(folder, file), 'utf8').replace(/--.*$/gm, '');
    return sql.split(';').filter((text) => text.trim());
  });
}

/** The workerd processes that this process started. */
function workerds() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      const [, name, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/\((.*)\) \S (\d+)/);
      return name === 'workerd' && Number(parent) === process.pid;
    } catch {
      return false;
    }
  });
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
