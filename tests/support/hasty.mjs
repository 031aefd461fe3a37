// An entry around the built Worker in which time passes fifty times faster, also for alarms, so that a
// minute is soon over. Writing the record of `unwritable` fails the first time.
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

// Bindings are known by their class's name.
class KvNamespace {
  constructor(users) {
    for (const name of ['get', 'getWithMetadata', 'list', 'delete']) this[name] = (...args) => users[name](...args);
    this.put = async (key, ...args) => {
      if (key === 'user:unwritable' && !failed) {
        failed = true;
        throw new Error('KV PUT failed: 429 Too Many Requests');
      }
      return users.put(key, ...args);
    };
  }
}

/** An object whose alarms ring earlier, as time passes faster. */
const hastened = (Real) => class {
  constructor(state, env) {
    const { storage } = state;
    const hasty = { sql: storage.sql, getAlarm: () => storage.getAlarm(), setAlarm: (time, options) => storage.setAlarm(real(time), options) };
    this.real = new Real({ id: state.id, storage: hasty }, { ...env, USERS: new KvNamespace(env.USERS) });
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

export default {
  fetch(request, env, context) {
    return new Worker(context, env).fetch(request);
  },
};
