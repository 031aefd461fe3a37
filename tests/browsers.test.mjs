// What people do in a browser, in Chromium: the docs page, and pages of other origins that call the login.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { openPage, startChromium, withoutChromium } from './support/chromium.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The rules of axe-core that Swagger UI's own markup and colours break: docs/BROWSERS.md says where. */
const SWAGGER_UIS_OWN = ['color-contrast', 'heading-order', 'nested-interactive', 'region', 'select-name'];
const REFUSED = 'Failed to load resource: the server responded with a status of 401 (Unauthorized)';

describe('the docs page', { skip: withoutChromium, timeout: 120_000 }, () => {
  let worker;
  let browser;
  let url;
  before(async () => {
    [worker, browser] = await Promise.all([startWorker(), startChromium()]);
    await worker.addUser(recordedUsers[0]);
    url = new URL('/docs', worker.url).href;
  });
  after(async () => {
    await browser?.close();
    await worker.stop();
  });

  it('shows every operation, asks no other host, and breaks no policy', async () => {
    const { page, complaints, hosts } = await openPage(browser, url);
    const { paths } = await (await worker.fetch('/openapi.json')).json();
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    await page.locator('.opblock').nth(operations.length - 1).waitFor();
    assert.equal(await page.locator('.opblock').count(), operations.length);
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
    // Everything is unfolded, so that all of Swagger UI's code for it runs.
    for (const summary of await page.locator('button.opblock-summary-control').all()) await summary.click();
    await page.locator('.models button').first().click();
    await page.locator('.opblock-body .responses-table').nth(operations.length - 1).waitFor();
    assert.deepEqual(complaints, []);
    assert.deepEqual([...hosts], [new URL(url).host]);
  });

  it('logs in with the keyboard and shows who that is, after it has shown that a password was wrong', async () => {
    const { page, complaints } = await openPage(browser, url);
    await page.getByRole('button', { name: 'Authorize' }).press('Enter');
    await page.getByLabel('username:').fill('alice');
    await page.getByLabel('password:').fill('a wrong password');
    const authorize = page.getByRole('button', { name: 'Apply given OAuth2 credentials' });
    await authorize.press('Enter');
    await page.locator('.auth-container .errors').getByText('invalid_grant').waitFor();
    assert.deepEqual(complaints.splice(0), [REFUSED]);

    await page.getByLabel('password:').fill(PASSWORD);
    await authorize.press('Enter');
    await page.getByText('Authorized', { exact: true }).waitFor();
    await page.locator('.modal-ux .btn-done').first().press('Enter');
    await page.locator('#operations-sessions-me button.opblock-summary-control').press('Enter');
    await page.getByRole('button', { name: 'Try it out' }).press('Enter');
    await page.getByRole('button', { name: 'Execute' }).press('Enter');
    await page.locator('.live-responses-table').getByText('"username": "alice"').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('tries an endpoint', async () => {
    const { page, complaints } = await openPage(browser, url);
    await page.locator('#operations-operation-health button.opblock-summary-control').click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table').getByText('"status": "ok"').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('has nothing that axe-core finds but what is Swagger UI\'s own', async () => {
    const { page } = await openPage(browser, url);
    await page.locator('.opblock').first().waitFor();
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const shown = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`);
    assert.deepEqual(violations.map(({ id }) => id).sort(), SWAGGER_UIS_OWN, shown.join('\n'));
  });
});

describe('the page of docs/BROWSERS.md', { skip: withoutChromium, timeout: 120_000 }, () => {
  const [, example] = readFileSync(join(root, 'docs/BROWSERS.md'), 'utf8').match(/```html\n([^]*?)```/);
  const port = (server) => server.address().port;
  let worker;
  let browser;
  let server;
  before(async () => {
    server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(to(example))).listen(0, 'localhost');
    await once(server, 'listening');
    const vars = { CORS_ORIGINS: `http://localhost:${port(server)}`, REFRESH_TOKEN_EXPIRE_MINUTES: '60', REFRESH_IN_COOKIE: '1' };
    [worker, browser] = await Promise.all([startWorker({ vars }), startChromium()]);
    await worker.addUser(recordedUsers[0]);
  });
  after(async () => {
    await browser?.close();
    await worker.stop();
    server.close();
  });
  /** The example, with this test's Worker on localhost. */
  const to = (text) => text.replace('http://localhost:8787', `http://localhost:${new URL(worker.url).port}`);

  it('logs in, stays in across a reload, and logs out, and no script sees the refresh token', async () => {
    assert.ok(example.trim().split('\n').length <= 60);
    const { page } = await openPage(browser, `http://localhost:${port(server)}/`);
    const tokens = [];
    page.on('response', async (response) => tokens.push(await response.text().catch(() => '')));
    await page.getByLabel('Username').fill('alice');
    await page.getByLabel('Password').fill('a wrong password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Incorrect username or password').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Hello, alice').waitFor();
    const [first] = await cookies(page);
    assert.deepEqual(first, { name: '__Host-refresh', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
    assert.equal(await page.evaluate(() => globalThis.document.cookie), '');

    await page.reload();
    await page.getByText('Hello, alice').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.deepEqual(await cookies(page), []);
    await page.reload();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.ok(tokens.some((body) => body.includes('access_token')) && !tokens.some((body) => body.includes('"refresh_token":')));
  });

  it('is not imitated by a page of another origin on the same site', async () => {
    const { page } = await openPage(browser, `http://localhost:${port(server)}/`);
    await page.getByLabel('Username').fill('alice');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Hello, alice').waitFor();
    const other = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>another page</title>')).listen(0, 'localhost');
    await once(other, 'listening');
    const tab = await page.context().newPage();
    await tab.goto(`http://localhost:${port(other)}/`);
    // The browser sends the cookie, because both are on one site. It keeps the answer from the page in any case.
    const refresh = (url) => fetch(url, { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token' }), credentials: 'include', mode: 'no-cors' });
    await assert.rejects(tab.evaluate(refresh, to('http://localhost:8787/api/user/refresh')), /Failed to fetch/);
    assert.ok(worker.logs.some(({ message }) => message.includes('"event":"refresh"') && message.includes('foreign_origin')));
    await tab.close();
    other.close();
    await page.reload();
    await page.getByText('Hello, alice').waitFor();
  });

  const cookies = async (page) => (await page.context().cookies()).map(({ name, httpOnly, secure, sameSite, path }) => ({ name, httpOnly, secure, sameSite, path }));
});

describe('the page in React of docs/USE-FROM.md', { skip: withoutChromium, timeout: 120_000 }, () => {
  const [hook, app] = readFileSync(join(root, 'docs/USE-FROM.md'), 'utf8').matchAll(/```jsx\n([^]*?)```/g).map(([, code]) => code);
  let worker;
  let browser;
  let server;
  let url;
  before(async () => {
    let script;
    const answer = ({ url }, response) =>
      url === '/' ? response.setHeader('content-type', 'text/html').end('<!doctype html><title>React</title><div id="root"></div><script src="/script"></script>') : response.end(script);
    server = createServer(answer).listen(0, 'localhost');
    await once(server, 'listening');
    url = `http://localhost:${server.address().port}`;
    const vars = { CORS_ORIGINS: url, REFRESH_TOKEN_EXPIRE_MINUTES: '60', REFRESH_IN_COOKIE: '1' };
    [worker, browser] = await Promise.all([startWorker({ vars }), startChromium()]);
    await worker.addUser(recordedUsers[0]);
    script = await bundled(`http://localhost:${new URL(worker.url).port}`);
  });
  after(async () => {
    await browser?.close();
    await worker.stop();
    server.close();
  });

  it('logs in, stays in across a reload, calls a service, and logs out', async () => {
    const { page } = await openPage(browser, url);
    page.on('dialog', (dialog) => dialog.accept());
    await page.getByLabel('Username').first().fill('alice');
    await page.getByLabel('Password').first().fill('a wrong password');
    const dialog = page.waitForEvent('dialog');
    await page.getByRole('button', { name: 'Log in' }).first().click();
    assert.equal((await dialog).message(), 'Incorrect username or password');
    await page.getByLabel('Username').first().fill('alice');
    await page.getByLabel('Password').first().fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).first().click();
    // Two components, one user.
    await page.getByText('Hello, alice').nth(1).waitFor();
    await page.reload();
    await page.getByText('Hello, alice').nth(1).waitFor();
    const me = new URL('/api/user/me', worker.url);
    me.hostname = 'localhost';
    const ask = (url) => globalThis.call(url).then((answer) => answer.json());
    assert.deepEqual(await page.evaluate(ask, me.href), { username: 'alice' });
    await page.getByRole('button', { name: 'Log out' }).first().click();
    await page.getByLabel('Username').nth(1).waitFor();
    await page.reload();
    await page.getByLabel('Username').nth(1).waitFor();
  });

  /** The page with two of its components, in one script. */
  async function bundled(login) {
    const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'login.js'), hook.replace('http://localhost:8787', login));
    writeFileSync(join(folder, 'app.jsx'), app);
    writeFileSync(join(folder, 'main.jsx'), `import { createRoot } from 'react-dom/client';
      import { StrictMode } from 'react';
      import { App } from './app.jsx';
      import { call } from './login.js';
      globalThis.call = call;
      createRoot(document.getElementById('root')).render(<StrictMode><App /><App /></StrictMode>);`);
    const { outputFiles: [{ text }] } = await build({ entryPoints: [join(folder, 'main.jsx')], bundle: true, write: false, jsx: 'automatic', preserveSymlinks: true });
    rmSync(folder, { recursive: true });
    return text;
  }
});

describe('a page of another origin', { skip: withoutChromium, timeout: 120_000 }, () => {
  let worker;
  let browser;
  const servers = [];
  const origins = [];
  before(async () => {
    for (let count = 0; count < 2; count++) {
      const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>a page</title>'));
      servers.push(server.listen(0, '127.0.0.1'));
      await once(server, 'listening');
      origins.push(`http://127.0.0.1:${server.address().port}`);
    }
    // The client's address is the same for all, and the guard is not asked more than five times.
    [worker, browser] = await Promise.all([startWorker({ vars: { CORS_ORIGINS: origins[0], CLIENT_IP_HEADER: null, NETWORK_FREE_FAILURES: '1' } }), startChromium()]);
    await worker.addUser(recordedUsers[0]);
  });
  after(async () => {
    await browser?.close();
    await worker.stop();
    for (const server of servers) server.close();
  });

  it('logs in and reads every answer, if it is listed', async () => {
    const { page } = await openPage(browser, origins[0]);
    assert.deepEqual(await page.evaluate(login, [worker.url.href, 'alice', PASSWORD]), { status: 200, username: 'alice' });
    assert.deepEqual(await page.evaluate(login, [worker.url.href, 'alice', 'wrong']), { status: 401, error: 'invalid_grant' });
    const { status, retryAfter } = await page.evaluate(login, [worker.url.href, 'alice', 'wrong']);
    assert.equal(status, 429);
    assert.ok(retryAfter > 0, 'it can read when to try again');
    // A header for which a browser asks first.
    const ask = async (url) => (await fetch(url, { headers: { authorization: 'Bearer x' }, credentials: 'include' })).status;
    assert.equal(await page.evaluate(ask, new URL('/health', worker.url).href), 200);
    assert.equal(await page.evaluate(ask, new URL('/nothing', worker.url).href).catch(() => 'blocked'), 'blocked', 'there is no preflight for a path that does not exist');
  });

  it('reads nothing, if it is not listed', async () => {
    const { page, complaints } = await openPage(browser, origins[1]);
    await assert.rejects(page.evaluate(login, [worker.url.href, 'alice', PASSWORD]), /Failed to fetch/);
    assert.match(complaints.join(), /blocked by CORS policy/);
  });

  /** Runs in the page. */
  async function login([url, username, password]) {
    const answer = await fetch(new URL('/api/user/login', url), { method: 'POST', body: new URLSearchParams({ username, password }), credentials: 'include' });
    const { username: name, error } = await answer.json();
    if (answer.status === 429) return { status: 429, retryAfter: Number(answer.headers.get('retry-after')) };
    return name ? { status: answer.status, username: name } : { status: answer.status, error };
  }
});
