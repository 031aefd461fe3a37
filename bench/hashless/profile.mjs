// Where the time goes in a Worker that answers without a hash: `node bench/hashless/profile.mjs [edge-login|hono] [path]`.
// A CPU profile by V8's own sampler, taken through workerd's inspector while the Worker is under load.
import { join } from 'node:path';
import { packages } from '../../tooling/packages.mjs';
import { root } from '../../tooling/run.mjs';
import { bundled, start } from '../support/direct.mjs';
import { connections, load, request } from '../support/load.mjs';

const [which = 'edge-login', path = '/api/user/login'] = process.argv.slice(2);
const own = which === 'edge-login';
const bytes = path === '/api/user/login' ? request('POST', path, { username: 'alice' }) : request('GET', path);
const status = { '/api/user/login': 422, '/health': 200 }[path] ?? 404;
packages(join(root, 'bench/peers'), ['--ignore-scripts']);
const worker = await start({ gate: 0, other: own ? undefined : await bundled('bench/hashless/hono.mjs'), inspectorPort: 0 });
const sockets = await connections(worker.port, 32);
await load(sockets, bytes, 20_000, status);

const targets = await (await fetch(new URL('/json', await worker.mf.getInspectorURL()).href.replace(/^ws/, 'http'))).json();
const inspector = new WebSocket(targets[0].webSocketDebuggerUrl);
await new Promise((resolve, reject) => Object.assign(inspector, { onopen: resolve, onerror: reject }));
const waiting = new Map();
inspector.onmessage = ({ data }) => {
  const { id, result } = JSON.parse(data);
  waiting.get(id)?.(result);
};
const send = (method, params = {}) => new Promise((resolve) => {
  const id = waiting.size + 1;
  waiting.set(id, resolve);
  inspector.send(JSON.stringify({ id, method, params }));
});
await send('Profiler.enable');
await send('Profiler.setSamplingInterval', { interval: 100 });
await send('Profiler.start');
await load(sockets, bytes, 25_000, status);
const { profile } = await send('Profiler.stop');
inspector.close();
for (const socket of sockets) socket.destroy();
await worker.stop();

const own_time = new Map();
const groups = new Map();
const add = (map, name, time) => map.set(name, (map.get(name) ?? 0) + time);
const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
profile.samples.forEach((id, at) => {
  const { functionName, url, lineNumber } = nodes.get(id).callFrame;
  const time = profile.timeDeltas[at];
  if (functionName === '(idle)') return;
  add(own_time, `${functionName || '(anonymous)'} ${url ? `${url.split('/').pop()}:${lineNumber + 1}` : ''}`, time);
  add(groups, group(functionName, url), time);
});
const all = [...own_time.values()].reduce((sum, time) => sum + time, 0);
const print = (map) => {
  for (const [name, time] of [...map].sort(([, one], [, other]) => other - one).slice(0, 40)) {
    console.log(`${((100 * time) / all).toFixed(1).padStart(5)} %  ${name}`);
  }
};
console.log(`${which} ${path}: ${Math.round(all / 1000)} ms sampled`);
print(groups);
console.log('each function alone:');
print(own_time);

/** Native functions count to the script that calls them, as V8 has it. */
function group(name, url) {
  if (name === '(garbage collector)') return 'garbage collection';
  if (/\.wasm/.test(url)) return 'WebAssembly';
  if (/^(wasm-to-js|js-to-wasm)/.test(name)) return 'crossings between WebAssembly and JavaScript';
  if (/console|inspect/.test(url) || /_log_/.test(name)) return 'console.log';
  if (/_(read|releaseLock|getReader|cancel|body)_/.test(name)) return 'reading the body as a stream';
  if (/etTimeout|learTimeout/.test(name)) return 'the timer of the body';
  if (/queueMicrotask|_then_|_resolve_|new_typed/.test(name)) return 'promises and the task queue of the glue';
  if (/[Hh]eaders|__wbg_(get_556|set_bcb|url|method)/.test(name)) return 'reading the request, writing headers';
  if (/Response|opt_buffer/.test(name)) return 'making the response';
  if (url) return 'other script';
  return 'the runtime';
}
