// An entry around the built Worker. GET /memory tells how much WebAssembly memory it has.
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    memory = this.exports.memory;
  }
};
const { default: Worker, Guard, Upgrades } = await import('../build/index.js');

export { Guard, Upgrades };

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/memory') return Response.json(memory.buffer.byteLength);
    return new Worker(context, env).fetch(request);
  },
};
