// Starts Workers, each in a workerd of its own, that are reached without Miniflare's own Worker in front.
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../tooling/run.mjs';
import { migrate, startWorkerd } from '../../tooling/workerd.mjs';
import { workerds } from './processes.mjs';

/** A Worker of one module, bundled as wrangler does it; packages come from bench/peers. */
export async function bundled(entry) {
  const { outputFiles: [{ text }] } = await build({
    entryPoints: [join(root, entry)],
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
 * @param other the modules of another Worker, from `bundled(…)`, which gets only the database; without it edge-login starts
 * @param tables whether the database has edge-login's tables
 * @param options further options of startWorkerd
 */
export async function start({ other, tables = true, ...options } = {}) {
  const before = workerds();
  const workerd = await startWorkerd({
    gate: 1e6,
    ...(other && { modules: other, durableObjects: undefined, kvNamespaces: undefined, gate: 0 }),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    // The lines are dropped, but a Worker has to write them.
    handleStructuredLogs: process.env.BENCH_LOGS ? ({ message }) => console.log(message) : () => {},
    ...options,
  });
  if (tables) await migrate(workerd);
  const { mf } = workerd;
  const pid = workerds().find((candidate) => !before.includes(candidate));
  const port = Number((await mf.unsafeGetDirectURL()).port);
  return { ...workerd, pid, port, stop: () => mf.dispose() };
}
