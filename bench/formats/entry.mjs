// An entry around the built Worker that counts the rows its guard reads and writes, and tells how
// much memory its WebAssembly has: GET /measured.
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    memory = this.exports.memory;
  }
};
const { default: Worker, Guard: RealGuard, Upgrades } = await import('../../build/index.js');

const cursors = [];

export class Guard {
  constructor({ id, storage }, env) {
    const exec = (...args) => {
      const cursor = storage.sql.exec(...args);
      cursors.push(cursor);
      return cursor;
    };
    const counted = { sql: { exec }, getAlarm: () => storage.getAlarm(), setAlarm: (...args) => storage.setAlarm(...args) };
    this.real = new RealGuard({ id, storage: counted }, env);
  }

  fetch(request) {
    return this.real.fetch(request);
  }

  alarm() {
    return this.real.alarm();
  }
}

export { Upgrades };

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== '/measured') return new Worker(context, env).fetch(request);
    const sum = (name) => cursors.reduce((total, cursor) => total + cursor[name], 0);
    return Response.json({ memory: memory.buffer.byteLength, read: sum('rowsRead'), written: sum('rowsWritten') });
  },
};
