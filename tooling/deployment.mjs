// What is wrong with a configuration for production. The Worker itself says the rest at its first request.

/** The bindings that the Worker needs, by the place in wrangler's configuration that holds them. */
const NEEDED = [
  ['GUARD', ({ durable_objects: { bindings } }) => bindings],
  ['HOME', ({ durable_objects: { bindings } }) => bindings],
  ['UPGRADES', ({ durable_objects: { bindings } }) => bindings],
  ['NETWORK_RATE', ({ ratelimits }) => ratelimits],
];
const STORES = { d1: ['DB', ({ d1_databases: databases }) => databases], kv: ['USERS', ({ kv_namespaces: namespaces }) => namespaces] };
const HERE = /^https?:\/\/(localhost|127\.|\[::1\])/;

/** Gives one message for each thing that is wrong in the configuration, as wrangler reads it. */
export function misconfigured(config) {
  const { vars } = config;
  const store = STORES[vars.USER_STORE || 'd1'] ?? STORES.d1;
  const missing = [...NEEDED, store].filter(([name, list]) => !(list(config) ?? []).some((entry) => [entry.name, entry.binding].includes(name)));
  const local = String(vars.CORS_ORIGINS ?? '').split(',').filter((origin) => HERE.test(origin.trim()));
  const relayed = vars.CLIENT_IP_HEADER && vars.CLIENT_IP_HEADER.toLowerCase() !== 'cf-connecting-ip';
  return [
    ...missing.map(([name]) => `the binding ${name} is missing: copy it from the wrangler.toml of this version`),
    ...('SECRET_KEY' in vars ? ['SECRET_KEY is under [vars], where everyone with the account can read it: remove it, and type `npx wrangler secret put SECRET_KEY`'] : []),
    ...local.map((origin) => `CORS_ORIGINS has ${origin.trim()}, which is for local work: move it into .dev.vars`),
    ...(relayed && config.workers_dev !== false ? [`CLIENT_IP_HEADER is ${vars.CLIENT_IP_HEADER}, which anyone can send to workers.dev: set workers_dev = false`] : []),
  ];
}

/**
 * What is wrong with the secret of the deployed Worker.
 * @param list the status and the output of `wrangler secret list`
 */
export function unset({ status, stdout }) {
  // The Worker isn't there yet, or nobody is logged in, which the deployment says itself.
  if (status !== 0) return [];
  const isSet = JSON.parse(stdout.slice(stdout.indexOf('['))).some(({ name }) => name === 'SECRET_KEY');
  return isSet ? [] : ['the deployed Worker has no SECRET_KEY: make one with `openssl rand -hex 32`, and type `npx wrangler secret put SECRET_KEY`'];
}
