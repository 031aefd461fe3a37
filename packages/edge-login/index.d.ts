// The Worker's module. Its types need those of the Workers runtime: `wrangler types` or `@cloudflare/workers-types`.

/** The bindings and variables of edge-login. All variables but `SECRET_KEY` are optional. */
export interface Env {
  SECRET_KEY: string;
  SECRET_KEY_PREVIOUS?: string;
  ROOT_SECRET?: string;
  SIGNING_KEYS?: string;
  /** Counts attempts and verifies passwords: the class `Guard`. */
  GUARD: DurableObjectNamespace;
  /** Makes the changes of users in KV: the class `Home`. Only KV needs it. */
  HOME?: DurableObjectNamespace;
  /** Keeps new hashes for users in KV until they are written: the class `Upgrades`. */
  UPGRADES?: DurableObjectNamespace;
  DB?: D1Database;
  USERS?: KVNamespace;
  NETWORK_RATE?: RateLimit;
  /** Gets a data point for each attempt, refresh and upgrade. */
  ANALYTICS?: AnalyticsEngineDataset;
  /** The assets in the package's folder `assets`. Without them there is no `/docs`. */
  DOCS_ASSETS?: Fetcher;
  USER_STORE?: string;
  USERNAME_CASE?: string;
  ACCESS_TOKEN_EXPIRE_MINUTES?: string | number;
  REFRESH_TOKEN_EXPIRE_MINUTES?: string | number;
  SESSION_EXPIRE_MINUTES?: string | number;
  INTROSPECTION_CLIENTS?: string;
  SERVICE_KEYS?: string;
  TIMING_KEY?: string;
  RESET_TOKEN_EXPIRE_MINUTES?: string | number;
  SIGN_UP?: string;
  SIGN_UP_SUBJECT?: string;
  SIGN_UP_NAMES?: string;
  SIGN_UPS_PER_DAY?: string | number;
  TURNSTILE_SECRET?: string;
  BREACH_CHECK?: string | number;
  ISSUER?: string;
  AUDIENCE?: string;
  NETWORK_FREE_FAILURES?: string | number;
  ACCOUNT_FREE_FAILURES?: string | number;
  GUARD_REGIONS?: string;
  GUARD_SHARDS?: string | number;
  HOME_REGION?: string;
  KV_UPGRADES_PER_DAY?: string | number;
  UNKNOWN_USER_FORMAT?: string;
  CLIENT_IP_HEADER?: string;
  CORS_ORIGINS?: string;
  REFRESH_IN_COOKIE?: string | number;
  DOCS?: string;
}

/** Handles requests. In your own Worker: `login.fetch(request, env, ctx)`. */
declare const login: {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
};
export default login;

/** The Durable Object behind the binding `GUARD`. */
export class Guard implements DurableObject {
  constructor(state: DurableObjectState, env: Env);
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}

/** The Durable Object behind the binding `HOME`. */
export class Home implements DurableObject {
  constructor(state: DurableObjectState, env: Env);
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}

/** The Durable Object behind the binding `UPGRADES`. */
export class Upgrades implements DurableObject {
  constructor(state: DurableObjectState, env: Env);
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}
