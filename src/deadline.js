// The entry of the Worker, which scripts/build.mjs bundles with the glue of the module that it builds. It answers with 503
// every request that would otherwise have no answer: at once if the WebAssembly instance has died or has too many
// requests, or else after a time.
import { WorkerEntrypoint } from 'cloudflare:workers';
import { Guard, Upgrades, fetch } from './instance.js';

export { Guard, Upgrades };

/**
 * More than a login waits for in the worst case: 0.5 s for the gate, 10 s for its body, and twice 3 s for the user and
 * 9 s for the guard, because a refusal is confirmed (crates/auth/src/platform.rs).
 */
const SECONDS = 35;
/**
 * The most requests that wait for an answer at once. Each takes some 2 KiB of WebAssembly memory, which never shrinks. Of
 * bodies that arrive slowly, an isolate holds fewer (crates/auth/src/http/open_bodies.rs), so they can't occupy all places.
 */
const MOST = 1024;
/** The requests that wait for an answer: what gives them one. */
const waiting = new Set();

export default class extends WorkerEntrypoint {
  async fetch(request) {
    if (waiting.size >= MOST) return unavailable({ error: `${MOST} requests wait for an answer` });
    let giveUp;
    const late = new Promise((resolve) => {
      giveUp = (error) => resolve({ error });
    });
    const timer = setTimeout(giveUp, SECONDS * 1000, `no answer within ${SECONDS} s`);
    waiting.add(giveUp);
    try {
      const answered = fetch(request, this.env, this.ctx);
      // Otherwise the runtime stops a request whose client has gone, wherever it is, and nothing frees what it has.
      this.ctx.waitUntil(answered.catch(() => {}));
      const answer = await Promise.race([answered, late]);
      // An object may have given up on it, and could not make a response for another request.
      return answer instanceof Response ? answer : unavailable(answer);
    } finally {
      waiting.delete(giveUp);
      clearTimeout(timer);
    }
  }
}

// A panic ends all that the instance was doing. The next request gets a fresh one.
addEventListener('error', ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) for (const giveUp of waiting) giveUp('the instance has died');
});

/** The answer to every failure that may be over soon, as in crates/auth/src/error.rs. */
function unavailable({ error }) {
  console.error(JSON.stringify({ event: 'unanswered', error }));
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache', 'retry-after': '5' };
  return Response.json({ detail: 'Service temporarily unavailable' }, { status: 503, headers });
}
