// A Worker of one's own that mounts the login under /auth, and asks another Worker's through a service binding.
import login, { Guard, Home, Upgrades, type Env } from 'edge-login';

export { Guard, Home, Upgrades };

interface Own extends Env {
  LOGIN: Fetcher;
}

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    const [, first, rest] = url.pathname.match(/^\/(\w+)(\/.*)$/) ?? [];
    if (first === 'auth') {
      url.pathname = rest;
      return login.fetch(new Request(url, request), env, ctx);
    }
    if (first === 'bound') {
      url.pathname = rest;
      return env.LOGIN.fetch(new Request(url, request));
    }
    return new Response('not the login');
  },
} satisfies ExportedHandler<Own>;
