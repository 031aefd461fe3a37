// The entry of the Worker, which scripts/build.mjs bundles with the glue of the module that it builds. It answers with 503
// every request that would otherwise have no answer: at once if the WebAssembly instance has died or has too many
// requests, or else after a time.
import { Guard, Home, Upgrades, fetch } from './instance.js';

export { Guard, Home, Upgrades };

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
const DEAD = 'the instance has died';
/** The requests that wait for an answer: what settles each, and until when it is counted. */
const waiting = new Map();

export default {
  fetch(request, env, context) {
    if (isFull()) return unavailable(`${MOST} requests wait for an answer`, request, env);
    let answer;
    let settle;
    let end;
    try {
      answer = fetch(request, env, context, (settled) => {
        settle(settled);
        end();
      });
    } catch (error) {
      // A panic has to become an uncaught error, because it ends the other requests too.
      queueMicrotask(() => {
        throw error;
      });
      answer = DEAD;
    }
    // What waits for nothing is answered by now.
    if (answer !== undefined) return respond(answer, request, env);
    const later = new Promise((resolve) => {
      settle = resolve;
    });
    const ended = new Promise((resolve) => {
      end = resolve;
    });
    const timer = setTimeout(settle, SECONDS * 1000, `no answer within ${SECONDS} s`);
    waiting.set(settle, Date.now() + SECONDS * 1000);
    // Otherwise the runtime stops a request whose client has gone or got 503, wherever it is. A change may be half made, and
    // nothing frees what the request has.
    context.waitUntil(ended);
    return later.then((settled) => {
      waiting.delete(settle);
      clearTimeout(timer);
      return respond(settled, request, env);
    });
  },
};

/** Whether too many requests wait. One that the runtime has stopped all the same is not counted after its time. */
function isFull() {
  const now = Date.now();
  for (const [settle, until] of waiting) {
    if (waiting.size < MOST || until >= now) break;
    waiting.delete(settle);
  }
  return waiting.size >= MOST;
}

/** Anything but a response is the reason why there is none. */
function respond(answer, request, env) {
  return answer instanceof Response ? answer : unavailable(answer, request, env);
}

// A panic ends all that the instance was doing. The next request gets a fresh one.
addEventListener('error', ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) for (const settle of waiting.keys()) settle(DEAD);
});

/** The answer to every failure that may be over soon, as in crates/auth/src/error.rs. */
function unavailable(error, request, env) {
  console.error(JSON.stringify({ event: 'unanswered', error }));
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache', 'retry-after': '5', ...SECURITY, ...sharing(request, env) };
  return Response.json({ detail: 'Service temporarily unavailable' }, { status: 503, headers });
}

/** As in crates/auth/src/http/security_headers.rs. */
const SECURITY = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
};

/** Lets a page of a listed origin read the answer, as in crates/auth/src/http/cors.rs. */
function sharing(request, { CORS_ORIGINS: listed }) {
  if (!listed) return {};
  const origin = request.headers.get('origin');
  if (!String(listed).split(',').some((other) => other.trim() === origin)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'retry-after, www-authenticate',
  };
}
