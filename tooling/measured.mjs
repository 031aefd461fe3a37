// An entry around the built Worker. GET /memory tells how much WebAssembly memory it has. With the header `x-gate: stalls`,
// the gate gives a request no answer.
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    memory = this.exports.memory;
  }
};
const { default: Worker, Guard, Home, Upgrades } = await import('../build/index.js');

export { Guard, Home, Upgrades };

/** Bindings are known by their class's name. */
class Ratelimit {
  limit = () => new Promise(() => {});
}

export default {
  fetch(request, env, context) {
    if (request.headers.get('x-gate') === 'stalls') env = { ...env, NETWORK_RATE: new Ratelimit() };
    if (new URL(request.url).pathname === '/memory') return Response.json(memory.buffer.byteLength);
    return Worker.fetch(request, env, context);
  },
};
