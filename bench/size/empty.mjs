// A Worker that does nothing, with the same bindings.
export class Guard {}
export class Home {}
export class Upgrades {}
export default {
  fetch: () => new Response(null, { status: 422 }),
};
