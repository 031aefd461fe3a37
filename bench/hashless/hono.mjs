// The login as a Worker with Hono and jose. edge-login is compared with it where no password is hashed.
import { Hono } from 'hono';
import { SignJWT } from 'jose';

const app = new Hono();
const missing = (field) => ({ type: 'missing', loc: ['body', field], msg: 'Field required', input: null });
const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Reads from the nearest copy of the database, as edge-login does. Without a session, D1 reads the primary copy. */
const users = (c) => c.env.DB.withSession('first-unconstrained');

const HEADERS = Object.entries({
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
});

app.use(async (c, next) => {
  for (const [name, value] of HEADERS) c.header(name, value);
  await next();
});

app.post('/api/user/login', async (c) => {
  const log = (outcome) => {
    const { country, colo } = c.req.raw.cf ?? {};
    console.log(JSON.stringify({ event: 'login', time: new Date().toISOString(), outcome, country, colo }));
  };
  const { username, password } = await c.req.parseBody();
  const errors = Object.entries({ username, password }).filter(([, value]) => !value).map(([field]) => missing(field));
  if (errors.length) {
    log('invalid_request');
    return c.json({ detail: errors }, 422);
  }
  const user = await users(c).prepare('SELECT password_hash FROM users WHERE username = ?1 AND disabled = 0').bind(username).first();
  if (!user || !(await verify(password, user.password_hash))) {
    log('bad_password');
    c.header('www-authenticate', 'Bearer');
    return c.json({ detail: 'Incorrect username or password', error: 'invalid_grant' }, 401);
  }
  log('ok');
  const access_token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(username)
    .setIssuedAt()
    .setExpirationTime('24h')
    .setJti(crypto.randomUUID())
    .sign(new TextEncoder().encode(c.env.SECRET_KEY));
  return c.json({ access_token, token_type: 'bearer', username, expires_in: 86400 });
});

/** PBKDF2 as WebCrypto has it: `pbkdf2-sha256$<rounds>$<salt>$<hash>`, both in base64. */
async function verify(password, stored) {
  const [, rounds, salt, hash] = stored.split('$');
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', iterations: Number(rounds), salt: bytes(salt) }, key, 256);
  return crypto.subtle.timingSafeEqual(bits, bytes(hash));
}

app.get('/health', async (c) => {
  await users(c).prepare('SELECT password_hash, disabled FROM users WHERE username = ?1').bind('').first();
  return c.json({ status: 'ok', version: '0.1.0' });
});

app.notFound((c) => c.json({ detail: 'Not Found' }, 404));

export default app;
