// Starts the local stores of `wrangler dev`, with the variables that it gives the Worker.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { root } from './run.mjs';

// The one that wrangler brings.
const { Miniflare, NoOpLog, convertV4MiniflareOptions } = createRequire(createRequire(import.meta.url).resolve('wrangler'))('miniflare');

export async function startLocalStores() {
  const { workerOptions: { bindings, d1Databases, kvNamespaces } } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  const resourcePersistencePath = join(root, '.wrangler', 'state', 'v3');
  const stores = { log: new NoOpLog(), bindings, d1Databases, kvNamespaces, resourcePersistencePath, modules: true, script: 'export default {}' };
  const mf = new Miniflare(convertV4MiniflareOptions(stores));
  await mf.ready;
  return { mf, bindings };
}
