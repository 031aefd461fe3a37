// An entry around the built Worker in which time passes fifty times faster, also for alarms, so that a
// minute is soon over. Writing the record of `unwritable` fails the first time. With the header `x-stale`, the Worker's copy
// of KV is the one from when `/freeze` was asked. `/fault?name=…` breaks the next home that comes across it.
import Worker, { Guard, Home as RealHome, Upgrades as RealUpgrades } from '../../build/index.js';

const SPEED = 50;
const RealDate = Date;
let start;
const now = () => (start ??= RealDate.now()) + (RealDate.now() - start) * SPEED;
const real = (time) => new RealDate(Math.ceil(start + (time - start) / SPEED));
globalThis.Date = class extends RealDate {
  static now = now;

  constructor(...args) {
    super(...(args.length ? args : [now()]));
  }
};

let failed = false;
let fault;
let frozen = new Map();

// Bindings are known by their class's name.
class KvNamespace {
  constructor(users, changed) {
    for (const name of ['get', 'getWithMetadata', 'list', 'delete', 'put']) this[name] = (...args) => users[name](...args);
    Object.assign(this, changed);
  }
}

class DurableObjectNamespace {
  constructor(getByName) {
    this.getByName = getByName;
  }
}

/** An object whose alarms ring earlier, as time passes faster. */
const hastened = (Real) => class {
  constructor(state, { USERS, GUARD, ...env }) {
    const { storage } = state;
    const hasty = { sql: storage.sql, getAlarm: () => storage.getAlarm(), setAlarm: (time, options) => storage.setAlarm(real(time), options) };
    /** Does what is asked for, or kills the object if that is what is to happen here. */
    const unless = (name, call) => {
      if (fault !== name) return call();
      fault = undefined;
      // Not from here: it throws, and what called this would never end.
      setTimeout(() => state.abort(name));
      return new Promise(() => {});
    };
    const put = async (key, ...args) => {
      if (key === 'user:unwritable' && !failed) {
        failed = true;
        throw new Error('KV PUT failed: 429 Too Many Requests');
      }
      return unless('killed before KV has it', () => USERS.put(key, ...args));
    };
    const guard = (...name) => ({ fetch: (request) => unless('killed before the guards know', () => GUARD.getByName(...name).fetch(request)) });
    this.real = new Real({ id: state.id, storage: hasty }, { ...env, USERS: new KvNamespace(USERS, { put }), GUARD: new DurableObjectNamespace(guard) });
  }

  fetch(request) {
    return this.real.fetch(request);
  }

  alarm() {
    return this.real.alarm();
  }
};

export const Home = hastened(RealHome);
export const Upgrades = hastened(RealUpgrades);

export { Guard };

async function freeze(users) {
  const { keys } = await users.list();
  frozen = new Map(await Promise.all(keys.map(async ({ name }) => [name, await users.get(name)])));
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/freeze') return new Response(await freeze(env.USERS));
    if (pathname === '/fault') {
      fault = searchParams.get('name');
      return new Response();
    }
    const stale = new KvNamespace(env.USERS, { get: async (key) => frozen.get(key) ?? null });
    return Worker.fetch(request, request.headers.has('x-stale') ? { ...env, USERS: stale } : env, context);
  },
};
