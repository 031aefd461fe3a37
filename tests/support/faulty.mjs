// An entry around the built Worker that breaks a binding where a request asks for it, with the
// header `x-fault`. Time passes eight times faster, so that nobody waits for a time-out. A request with the header
// `x-given-up` gets 503 before it is done. The body of a request with the header `x-locked` is locked, as if another Worker read it.
import Worker, { Guard as RealGuard, Home, Upgrades } from '../../build/index.js';

export { Home, Upgrades };

const setTimeout = globalThis.setTimeout;
/** Whether the next timer without a delay is lost. Only the guard sets such timers. */
let losesTimer = false;
/** Whether the next request is given up at once, instead of after 35 s. */
let isGivenUp = false;
globalThis.setTimeout = (callback, delay, ...args) => {
  if (delay === 35_000 && isGivenUp) return setTimeout(callback, 1, ...args);
  if (delay > 0 || !losesTimer) return setTimeout(callback, delay / 8, ...args);
  losesTimer = false;
  return 0;
};

const alice = '$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy';
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
  constructor(getByName) {
    this.getByName = getByName;
  }
}

const d1 = (raw) => ({ DB: new D1Database(raw) });
const kv = (get) => ({ USERS: new KvNamespace(get) });
const guard = (fetch) => ({ GUARD: new DurableObjectNamespace(() => ({ fetch })) });
/** The real guard, told to break. */
const broken = (fault) => ({ GUARD: real }) => ({
  GUARD: new DurableObjectNamespace((...name) => ({
    fetch: (request) => real.getByName(...name).fetch(new Request(request, { headers: { 'x-fault': fault } })),
  })),
});
/** The real guard, except for its hashing. */
const hashing = (hash) => ({ GUARD: real }) => ({
  GUARD: new DurableObjectNamespace((...name) => ({
    fetch: (request) => (new URL(request.url).pathname === '/hash' ? hash() : real.getByName(...name).fetch(request)),
  })),
});
/** The real database, except for its changes. */
const writing = (write) => ({ DB: real }) => {
  const database = new D1Database();
  database.prepare = (query) => (query.startsWith('UPDATE') ? { bind: () => ({ raw: write }) } : real.prepare(query));
  return { DB: database };
};

const faults = {
  'd1 fails': () => d1(fails('D1_ERROR: no such table: users: SQLITE_ERROR')),
  'd1 hangs': () => d1(never),
  // It gives Alice's record after two seconds; three are allowed.
  'd1 is slow': () => d1(() => new Promise((resolve) => globalThis.setTimeout(resolve, 2000, [[alice, 0, null, null, 0, 0]]))),
  'd1 gives no rows': () => d1(async () => 'garbage'),
  'd1 gives rows of garbage': () => d1(async () => [['$2b$04$secretsecretsecret', 'x']]),
  'd1 is not bound': () => ({ DB: undefined }),
  'd1 does not write': writing(fails('D1_ERROR: database is locked')),
  'd1 never writes': writing(never),
  // The library does not expect `prepare` to throw, and panics.
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
  'guard panics': broken('panic'),
  'guard dies while it counts': broken('death while it counts'),
  'guard has no room': broken('full'),
  'guard loses a timer': broken('lost timer'),
  'guard restarts': broken('restart'),
  'guard is not bound': () => ({ GUARD: undefined }),
  // An older version of the object answers like this.
  'guard does not hash': hashing(async () => new Response('not an attempt', { status: 400 })),
  'guard hashes with a format of its own': hashing(async () => new Response(alice)),
  'guard never hashes': hashing(never),
  'queue is not bound': () => ({ UPGRADES: undefined }),
};

/** The guard's object, around whose storage faults can be put. */
export class Guard {
  #fault = null;

  constructor(state, env) {
    const { storage } = state;
    const exec = (statement, ...values) => {
      const isCount = statement.startsWith('INSERT');
      if (isCount && this.#fault === 'full') full();
      // The library does not expect this. Its exception passes through the Rust code, which never continues.
      if (isCount && this.#fault === 'death while it counts') return undefined;
      return storage.sql.exec(statement, ...values);
    };
    const faulty = { sql: { exec }, getAlarm: () => storage.getAlarm(), setAlarm: (...args) => storage.setAlarm(...args) };
    this.storage = storage;
    this.abort = () => state.abort('restarted');
    this.real = new RealGuard({ id: state.id, storage: faulty }, env);
  }

  async fetch(request) {
    this.#fault = request.headers.get('x-fault');
    if (this.#fault === 'alarm') return this.ring();
    if (this.#fault === 'lost timer') losesTimer = true;
    // The library does not expect a number where a text belongs, and panics.
    if (this.#fault === 'panic') request = { method: 'POST', url: request.url, headers: request.headers, text: async () => 42 };
    const answer = await this.real.fetch(request);
    // The attempt is counted and verified, but not answered yet.
    if (this.#fault === 'restart') this.abort();
    return answer;
  }

  alarm() {
    return this.real.alarm();
  }

  /** Tells when the alarm is set for, and what it leaves when it rings now and when it rings a year later. */
  async ring() {
    const due = (await this.storage.getAlarm()) - Date.now();
    const tables = ['buckets', 'sessions', 'accounts'];
    const count = (table) => this.storage.sql.exec(`SELECT COUNT(*) AS rows FROM ${table}`).one().rows;
    const rows = () => tables.map(count).reduce((sum, rows) => sum + rows);
    const before = rows();
    await this.storage.deleteAlarm();
    await this.real.alarm();
    const kept = { rows: rows(), alarm: (await this.storage.getAlarm()) !== null };
    this.storage.sql.exec('UPDATE buckets SET last = 0, trusted_until = 0');
    for (const table of ['sessions', 'accounts']) this.storage.sql.exec(`UPDATE ${table} SET expires = 0`);
    await this.storage.deleteAlarm();
    await this.real.alarm();
    return Response.json({ due, before, kept, left: { rows: rows(), alarm: (await this.storage.getAlarm()) !== null } });
  }
}

function full() {
  throw new Error('database or disk is full: SQLITE_FULL');
}

export default {
  fetch(request, env, context) {
    const fault = faults[request.headers.get('x-fault')];
    if (request.headers.has('x-locked')) request.body.getReader();
    isGivenUp = request.headers.has('x-given-up');
    return Worker.fetch(request, fault ? { ...env, ...fault(env) } : env, context);
  },
};
