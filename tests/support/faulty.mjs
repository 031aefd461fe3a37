// An entry around the built Worker that breaks a binding where a request asks for it, with the
// header `x-fault`. Time passes fifty times faster, so that nobody waits for a time-out.
import Worker, { Guard } from '../../build/index.js';

export { Guard };

const setTimeout = globalThis.setTimeout;
globalThis.setTimeout = (callback, delay, ...args) => setTimeout(callback, delay / 50, ...args);

const never = () => new Promise(() => {});
const fails = (message) => async () => {
  throw new Error(message);
};

// Bindings are known by their class's name.
class D1Database {
  constructor(raw) {
    this.prepare = () => ({ bind: () => ({ raw }) });
    this.withSession = () => new D1DatabaseSession(this);
  }
}

class D1DatabaseSession {
  constructor(database) {
    this.prepare = (query) => database.prepare(query);
  }
}

class KvNamespace {
  constructor(get) {
    Object.assign(this, { get, getWithMetadata: get, put: get, list: get, delete: get });
  }
}

class DurableObjectNamespace {
  constructor(fetch) {
    this.getByName = () => ({ fetch });
  }
}

const d1 = (raw) => ({ DB: new D1Database(raw) });
const kv = (get) => ({ USERS: new KvNamespace(get) });
const guard = (fetch) => ({ GUARD: new DurableObjectNamespace(fetch) });

const faults = {
  'd1 fails': () => d1(fails('D1_ERROR: no such table: users: SQLITE_ERROR')),
  'd1 hangs': () => d1(never),
  'd1 gives no rows': () => d1(async () => 'garbage'),
  'd1 gives rows of garbage': () => d1(async () => [['$2b$04$secretsecretsecret', 'x']]),
  'd1 is not bound': () => ({ DB: undefined }),
  // `prepare` throwing is what the library does not expect: it panics.
  'd1 makes it panic': () => {
    const binding = new D1Database();
    binding.prepare = () => {
      throw new Error('prepare');
    };
    return { DB: binding };
  },
  'kv fails': () => kv(fails('KV GET failed: 500 Internal Server Error')),
  'kv hangs': () => kv(never),
  'kv gives garbage': () => kv(async () => '"$2b$04$secretsecretsecret"'),
  'kv is not bound': () => ({ USERS: undefined }),
  'guard throws': () => guard(fails('The Durable Object was reset')),
  'guard hangs': () => guard(never),
  'guard says something else': () => guard(async () => new Response('{"verdict":"yes"}')),
  'guard answers 500 with a verdict': () => guard(async () => new Response('{"verdict":"match"}', { status: 500 })),
  'guard is not bound': () => ({ GUARD: undefined }),
};

export default {
  fetch(request, env, context) {
    const fault = faults[request.headers.get('x-fault')];
    return new Worker(context, fault ? { ...env, ...fault() } : env).fetch(request);
  },
};
