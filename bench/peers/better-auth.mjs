// Better Auth's sign-in with email and password, in a Worker with D1, as its documentation has it.
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';

let auth;

export default {
  async fetch(request, env) {
    auth ??= betterAuth({
      database: env.DB,
      secret: env.SECRET_KEY,
      baseURL: 'http://localhost',
      emailAndPassword: { enabled: true },
      // It allows three sign-ins in ten seconds.
      rateLimit: { enabled: false },
      telemetry: { enabled: false },
    });
    if (new URL(request.url).pathname === '/migrate') {
      await (await getMigrations(auth.options)).runMigrations();
      return new Response();
    }
    return auth.handler(request);
  },
};
