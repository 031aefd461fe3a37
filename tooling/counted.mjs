// An entry around the built Worker that counts the rows its objects read and write: GET /rows tells
// how many there were since it was last asked. GET /guard/…, /home/… and /upgrades/… reach an object:
// `/alarm` rings its alarm. GET /later?minutes=2 lets 2 minutes pass.
import Worker, { Guard as RealGuard, Home as RealHome, Upgrades as RealUpgrades } from '../build/index.js';

let cursors = [];
let later = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  static now = () => RealDate.now() + later;

  constructor(...args) {
    super(...(args.length ? args : [Date.now()]));
  }
};

const counted = (Real) => class {
  constructor(state, env) {
    const { storage } = state;
    const sql = {
      exec: (...args) => {
        const cursor = storage.sql.exec(...args);
        cursors.push(cursor);
        return cursor;
      },
    };
    // The runtime's alarms do not know of the time that passes only here.
    const watched = { id: state.id, storage: { sql, getAlarm: () => storage.getAlarm(), setAlarm: (...args) => storage.setAlarm(...args) } };
    this.real = new Real(watched, env);
  }

  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith('/alarm')) return this.alarm();
    return this.real.fetch(request);
  }

  alarm() {
    return this.real.alarm();
  }
};

export const Guard = counted(RealGuard);
export const Home = counted(RealHome);
export const Upgrades = counted(RealUpgrades);

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    const object = { guard: env.GUARD, home: env.HOME, upgrades: env.UPGRADES }[pathname.split('/')[1]];
    if (object) return object.getByName(searchParams.get('name')).fetch(request);
    if (pathname === '/later') {
      later += searchParams.get('minutes') * 60_000;
      return new Response();
    }
    if (pathname !== '/rows') return Worker.fetch(request, env, context);
    const sum = (property) => cursors.reduce((total, cursor) => total + cursor[property], 0);
    const rows = { read: sum('rowsRead'), written: sum('rowsWritten') };
    cursors = [];
    return Response.json(rows);
  },
};
