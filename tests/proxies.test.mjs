// The examples of docs/PROXIES.md: the login on the front end's own domain.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createServer } from 'vite';
import { unstable_readConfig } from 'wrangler';
import { freePort } from '../tooling/port.mjs';
import { output, root } from '../tooling/run.mjs';
import { startWorker } from '../tooling/worker.mjs';
import { PASSWORD, recordedUsers } from './support/recorded.mjs';

const page = readFileSync(join(root, 'docs/PROXIES.md'), 'utf8');
const example = (language) => page.match(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``))[1];

describe('the route', () => {
  it('is one that wrangler takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    const config = readFileSync(join(root, 'wrangler.toml'), 'utf8').replace(/^\[/m, `${example('toml')}\n[`);
    writeFileSync(join(folder, 'wrangler.toml'), config);
    const { routes } = unstable_readConfig({ config: join(folder, 'wrangler.toml') });
    assert.deepEqual(routes.map((route) => ({ ...route })), [{ pattern: 'example.com/api/user/login', zone_name: 'example.com' }]);
    rmSync(folder, { recursive: true });
  });
});

describe('behind a proxy during local work', () => {
  let folder;
  let worker;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'edge-login-'));
    worker = await startWorker({ vars: { CLIENT_IP_HEADER: 'X-Login-Client' } });
    for (const user of recordedUsers) await worker.addUser(user);
  });
  after(async () => {
    await worker.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const to = (origin, text) => text.replaceAll('http://localhost:8787', origin);

  it('Vite passes the login on', async () => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const configFile = join(folder, 'vite.config.mjs');
    writeFileSync(configFile, to(new URL(worker.url).origin, example('js')));
    const vite = await createServer({ configFile, root: folder, logLevel: 'error', server: { host: '127.0.0.1' } });
    try {
      const port = await freePort();
      await vite.listen(port);
      assert.equal((await login(port, 'alice', PASSWORD)).status, 200);
      assert.equal((await login(port, 'bob', 'a wrong password')).status, 401);
    } finally {
      await vite.close();
    }
  });

  it('nginx passes the login and the client\'s address on', { skip: output('nginx', ['-v']) === null && 'there is no nginx' }, async () => {
    // What takes the Worker's place behind the second port answers with the address that it is told.
    const echo = createHttpServer(({ headers }, response) => response.end(headers['x-login-client'])).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const upstreams = [new URL(worker.url).origin, `http://127.0.0.1:${echo.address().port}`];
    const ports = [await freePort(), await freePort()];
    const servers = upstreams.map((origin, index) => `server { listen 127.0.0.1:${ports[index]}; ${to(origin, example('nginx'))} }`);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`);
    const config = `pid ${folder}/pid; error_log stderr crit; daemon off; events {} http { access_log off; ${[...paths, ...servers].join(' ')} }`;
    writeFileSync(join(folder, 'nginx.conf'), config);
    const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf')], { stdio: 'inherit' });
    const ended = once(nginx, 'exit').then(() => assert.fail('nginx ended'));
    try {
      await Promise.race([Promise.all(ports.map(listening)), ended]);
      assert.equal((await login(ports[0], 'alice', PASSWORD)).status, 200);
      assert.equal((await login(ports[0], 'alice', 'a wrong password')).status, 401);
      const told = async (...client) => (await login(ports[1], 'alice', PASSWORD, ...client)).text;
      assert.equal(await told(), '127.0.0.1');
      assert.equal(await told({ 'x-login-client': '192.0.2.1' }), '127.0.0.1', 'whatever the client says');
      assert.equal(await told({}, '127.0.0.2'), '127.0.0.2');
    } finally {
      nginx.kill();
      await ended.catch(() => {});
      echo.close();
    }
  });
});

/** Logs in through the proxy on this port, from one of this machine's own addresses. */
function login(port, username, password, headers = {}, localAddress = '127.0.0.1') {
  const body = new URLSearchParams({ username, password }).toString();
  const all = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body), ...headers };
  return new Promise((resolve, reject) => {
    const sending = request({ host: '127.0.0.1', port, path: '/api/user/login', method: 'POST', headers: all, localAddress });
    sending.on('error', reject);
    sending.on('response', async (response) => resolve({ status: response.statusCode, text: await text(response) }));
    sending.end(body);
  });
}

/** Waits until somebody listens on the port. */
async function listening(port) {
  while (!await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) await setTimeout(20);
}
